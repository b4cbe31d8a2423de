import { existsSync, readdirSync } from "node:fs";
import { askStatus } from "../sets/call-set.js";
import { placesOf, setsFolder } from "../sets/set-places.js";
import { linesOf } from "../sets/set-status.js";

/** Shows the sets that run, and what killed ones have left. */
export async function status(): Promise<void> {
  const sets = setNames();
  for (const name of sets) {
    const { socket, folder } = placesOf(name);
    const status = await askStatus(socket);
    if (status !== undefined) console.log(`${name} (pid ${status.pid})\n${linesOf(status)}`);
    else if (existsSync(folder))
      console.log(
        `${name}: killed. npm run services -- stop --name ${name} deletes what it left in ${folder}`,
      );
  }
  if (sets.length === 0) console.log("Nothing runs. npm run services starts servers.");
}

/** Those of sets that run, and of sets that were killed. */
export function setNames(): readonly string[] {
  const files = readdirSync(setsFolder()).filter((file) => file.endsWith(".sock"));
  return files.map((file) => file.slice(0, -".sock".length));
}
