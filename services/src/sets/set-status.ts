import type { RunningServer } from "../service.js";
import { memoryOf } from "./memory-of.js";

/** What a set says of itself. */
export interface SetStatus {
  readonly pid: number;
  readonly servers: readonly ServerStatus[];
}

interface ServerStatus extends Pick<RunningServer, "name" | "url" | "pid" | "folder"> {
  /** In bytes, with its child processes; only on Linux. */
  readonly memory?: number | undefined;
}

export function statusOf(servers: readonly RunningServer[]): SetStatus {
  return {
    pid: process.pid,
    servers: servers
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .map(({ name, url, pid, folder }) => ({ name, url, pid, folder, memory: memoryOf(pid) })),
  };
}

/** A line for each server. */
export function linesOf({ servers }: SetStatus): string {
  const width = (of: (server: ServerStatus) => string) => Math.max(...servers.map((each) => of(each).length));
  const [name, url] = [width((each) => each.name), width((each) => each.url)];
  return servers
    .map((each) =>
      [
        each.name.padEnd(name),
        each.url.padEnd(url),
        `pid ${each.pid}`.padEnd(11),
        each.memory === undefined ? "" : `${Math.round(each.memory / 1e6)} MB`.padStart(6),
        each.folder,
      ].join("  "),
    )
    .join("\n");
}
