import { notHere } from "../program.js";
import type { Service } from "../service.js";
import { services } from "../services.js";
import { runSet, type ServerSet } from "../sets/run-set.js";
import { linesOf, type SetStatus } from "../sets/set-status.js";
import { startDetached } from "../sets/start-detached.js";

/** Starts a set of servers: here until Ctrl-C, or detached. */
export async function start(set: ServerSet, isDetached: boolean): Promise<void> {
  const missing = set.only.map((name): Service => services[name]).filter((service) => !service.isInstalled());
  if (missing.length > 0) throw new Error(missing.map((service) => notHere(service).message).join("\n"));
  const begin = performance.now();
  const print = (status: SetStatus, howToEnd: string) => {
    const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
    console.log(`${linesOf(status)}\nStarted in ${seconds} s. ${howToEnd} ends them and deletes their data.`);
  };
  if (isDetached) {
    const status = await startDetached(set);
    print(status, `npm run services -- stop${set.name === "default" ? "" : ` --name ${set.name}`}`);
  } else {
    const ended = new AbortController();
    ended.signal.addEventListener("abort", () => console.log("Ending them."));
    // npm hands a Ctrl-C on that the terminal has sent already, so there may be two.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ended.abort());
    await runSet(set, ended.signal, (status) => print(status, "Ctrl-C"));
  }
}
