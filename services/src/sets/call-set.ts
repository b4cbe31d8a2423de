import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { SetStatus } from "./set-status.js";

/** How a set is; nothing where nobody listens. */
export async function askStatus(socket: string): Promise<SetStatus | undefined> {
  const answer = await call(socket, "status");
  return answer === undefined ? undefined : (JSON.parse(answer) as SetStatus);
}

/** Asks a set to stop, and resolves when its process has ended; to false where nobody listens. */
export async function askToStop(socket: string): Promise<boolean> {
  return (await call(socket, "stop")) !== undefined;
}

async function call(socket: string, word: "status" | "stop"): Promise<string | undefined> {
  const connection = connect(socket, () => connection.write(word));
  try {
    return await text(connection);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "ENOENT") return undefined;
    throw error;
  }
}
