import { rmSync } from "node:fs";
import { askToStop } from "../sets/call-set.js";
import { placesOf } from "../sets/set-places.js";
import { setNames } from "./status.js";

/** Ends a set and deletes its data, also what is left of a killed one. */
export async function stop(name: string): Promise<void> {
  const names = setNames();
  if (!names.includes(name))
    throw new Error(`No set of servers is called "${name}". Those that run: ${names.join(", ") || "none"}.`);
  const places = placesOf(name);
  const wasRunning = await askToStop(places.socket);
  for (const path of Object.values(places)) rmSync(path, { recursive: true, force: true });
  console.log(wasRunning ? `Stopped "${name}".` : `Deleted what "${name}" had left.`);
}
