import { fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ServerSet } from "./run-set.js";
import { placesOf } from "./set-places.js";
import type { SetStatus } from "./set-status.js";

/** What the process of a set says to the one that started it. */
export type FromDetached = { readonly status: SetStatus } | { readonly error: string };

const program = fileURLToPath(new URL("./detached-set.js", import.meta.url));

/** Runs a set in a process of its own, which stays; resolves when its servers take requests. */
export async function startDetached(set: ServerSet): Promise<SetStatus> {
  const log = openSync(placesOf(set.name).log, "a");
  const child = fork(program, [JSON.stringify(set)], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const said = once(child, "message") as Promise<[FromDetached]>;
  const ended = once(child, "exit").then(([code, signal]): [FromDetached] => [
    { error: `Its process ended with ${code ?? signal}: see ${placesOf(set.name).log}` },
  ]);
  const [message] = await Promise.race([said, ended]);
  if ("error" in message) throw new Error(message.error);
  child.disconnect();
  child.unref();
  return message.status;
}
