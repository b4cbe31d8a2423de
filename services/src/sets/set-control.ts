import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { askStatus } from "./call-set.js";
import { placesOf } from "./set-places.js";
import type { SetStatus } from "./set-status.js";

export interface SetControl {
  status(): SetStatus;
  stop(): void;
}

/** Listens for whoever asks the set. Only one process at a time can, so a set runs once. */
export async function serveControl(name: string, control: SetControl): Promise<Server> {
  const path = placesOf(name).socket;
  try {
    return await listen(path, control);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
  }
  const other = await askStatus(path);
  if (other !== undefined)
    throw new Error(`"${name}" runs already, as process ${other.pid}: stop it, or start this with --name.`);
  // Of a process that was killed.
  rmSync(path, { force: true });
  return listen(path, control);
}

async function listen(path: string, control: SetControl): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    // Whoever asks it to stop hears of the end of the process by the end of the connection.
    socket.unref();
    socket.once("data", (word) => {
      if (word.toString() === "stop") control.stop();
      else socket.end(JSON.stringify(control.status()));
    });
  });
  server.listen(path);
  await once(server, "listening");
  return server;
}
