import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { findProgram } from "./find-program.js";
import { freePort } from "./free-port.js";
import { byInstall } from "./how-to-install.js";
import { notHere } from "./program.js";
import { runToEnd } from "./run-to-end.js";
import { ServerProcess } from "./server-process.js";
import type { DatabaseService, StartOptions } from "./service.js";
import { serverFolder, startServer } from "./start-server.js";

const mariadbd = () => findProgram("mariadbd", "mysqld");
const installDb = () => findProgram("mariadb-install-db", "mysql_install_db");

const isRoot = process.getuid?.() === 0;

/** What a service would have: on a commit, all of it is on the disk. */
const durable = { "innodb-flush-log-at-trx-commit": 1, "innodb-log-file-size": "64M" };

/** MariaDB, from Debian's packages. */
export const mariadb: DatabaseService = {
  name: "MariaDB",
  howToInstall: byInstall,

  isInstalled: () => mariadbd() !== undefined && installDb() !== undefined,

  get packages() {
    return mariadb.isInstalled() ? [] : ["mariadb-server"];
  },

  async start(options: StartOptions = {}) {
    const [server, install] = [mariadbd(), installDb()];
    if (server === undefined || install === undefined) throw notHere(mariadb);
    const { port = await freePort(), settings, env } = options;
    const folder = serverFolder("mariadb", options);
    const cwd = folder.path;
    const temporary = join(cwd, "tmp");
    const common = [
      "--no-defaults",
      ...(isRoot ? ["--user=root"] : []),
      `--datadir=${join(cwd, "data")}`,
      // One that starts deletes the temporary tables of others in /tmp.
      `--tmpdir=${temporary}`,
    ];
    const url = (database: string) => `mysql://root@127.0.0.1:${port}/${database}`;
    const args = [
      ...common,
      `--socket=${join(cwd, "server.sock")}`,
      "--bind-address=127.0.0.1",
      `--port=${port}`,
      "--skip-log-bin",
      ...Object.entries({ ...durable, ...settings }).map(([name, value]) => `--${name}=${value}`),
    ];
    const program = { path: server, args, cwd, env, log: join(cwd, "server.log") };
    const running = await startServer({
      name: "MariaDB",
      url: url("mysql"),
      port,
      folder,
      async prepare() {
        mkdirSync(temporary);
        const installArgs = [...common, "--auth-root-authentication-method=normal", "--skip-test-db"];
        await runToEnd(install, installArgs, { cwd });
      },
      process: new ServerProcess(program, () => query(url("mysql"), "select 1")),
      signal: "SIGTERM",
    });
    return Object.assign(running, { createDatabase: () => mariadb.createDatabase(running.url) });
  },

  async createDatabase(url) {
    const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
    await query(url, `create database ${name} character set utf8mb4`);
    return new URL(`/${name}`, url).href;
  },
};

async function query(url: string, sql: string): Promise<void> {
  const connection = await createConnection({ uri: url, connectTimeout: 1_000 });
  try {
    await connection.query(sql);
  } finally {
    connection.destroy();
  }
}
