import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertFree } from "./free-port.js";
import type { ServerProcess } from "./server-process.js";
import type { RunningServer, StartOptions } from "./service.js";

/** Where a server's files lie. */
export interface ServerFolder {
  readonly path: string;
  /** Whether it goes with the server. */
  readonly isTemporary: boolean;
}

/** The folder that was given, made where it is missing, or a new temporary one. */
export function serverFolder(name: string, { folder }: StartOptions): ServerFolder {
  if (folder === undefined)
    return { path: mkdtempSync(join(tmpdir(), `sluice-${name}-`)), isTemporary: true };
  mkdirSync(folder, { recursive: true });
  return { path: folder, isTemporary: false };
}

export interface ServerParts extends Pick<RunningServer, "name" | "url" | "port"> {
  readonly folder: ServerFolder;
  /** Makes what has to lie in the folder before the first start. */
  readonly prepare?: () => unknown;
  readonly process: ServerProcess;
  /** How the server is asked to end. */
  readonly signal: NodeJS.Signals;
  /** Processes that it needs besides its own: started before it, ended after it. */
  readonly companions?: readonly ServerProcess[];
}

/** Starts a server's processes. Where one of them does not start, nothing of the server is left. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { name, url, port, folder, process, signal, prepare, companions = [] } = parts;
  const stop = async () => {
    await process.end(signal);
    await Promise.all(companions.map((companion) => companion.end("SIGTERM")));
    if (folder.isTemporary) rmSync(folder.path, { recursive: true, force: true });
  };
  try {
    await assertFree(port);
    await prepare?.();
    for (const each of [...companions, process]) await each.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    url,
    port,
    folder: folder.path,
    get pid() {
      return process.pid;
    },
    kill: () => process.end("SIGKILL"),
    restart: () => process.start(),
    stop,
  };
}
