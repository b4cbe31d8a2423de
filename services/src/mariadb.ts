import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { findProgram } from "./find-program.js";
import { freePort } from "./free-port.js";
import { notHere } from "./program.js";
import { runToEnd } from "./run-to-end.js";
import { ServerProcess } from "./server-process.js";
import type { RunningServer, Service, StartOptions } from "./service.js";

const mariadbd = () => findProgram("mariadbd", "mysqld");
const installDb = () => findProgram("mariadb-install-db", "mysql_install_db");

const isRoot = process.getuid?.() === 0;

/** What a service would have: on a commit, all of it is on the disk. */
const durable = { "innodb-flush-log-at-trx-commit": 1, "innodb-log-file-size": "64M" };

/** MariaDB, from Debian's packages. */
export const mariadb: Service = {
  name: "MariaDB",
  packages: ["mariadb-server"],
  howToInstall: "npm run services -- install, on Debian and Ubuntu; elsewhere see compose.yaml",

  isInstalled: () => mariadbd() !== undefined && installDb() !== undefined,

  async start({ port, folder, settings, env }: StartOptions = {}): Promise<RunningServer> {
    const [server, install] = [mariadbd(), installDb()];
    if (server === undefined || install === undefined) throw notHere(mariadb);
    const own = folder ?? mkdtempSync(join(tmpdir(), "sluice-mariadb-"));
    const data = join(own, "data");
    mkdirSync(data);
    const user = isRoot ? ["--user=root"] : [];
    const installArgs = [
      "--no-defaults",
      ...user,
      `--datadir=${data}`,
      "--auth-root-authentication-method=normal",
    ];
    await runToEnd(install, [...installArgs, "--skip-test-db"], { cwd: own });
    const listening = port ?? (await freePort());
    const url = (database: string) => `mysql://root@127.0.0.1:${listening}/${database}`;
    const given = { ...durable, ...settings };
    const args = [
      "--no-defaults",
      ...user,
      `--datadir=${data}`,
      `--socket=${join(own, "server.sock")}`,
      // One that starts deletes the temporary tables of others in the same folder.
      `--tmpdir=${own}`,
      "--bind-address=127.0.0.1",
      `--port=${listening}`,
      "--skip-log-bin",
      ...Object.entries(given).map(([name, value]) => `--${name}=${value}`),
    ];
    const program = { path: server, args, cwd: own, env, log: join(own, "server.log") };
    const running = new ServerProcess(program, () => query(url("mysql"), "select 1"));
    await running.start();
    return {
      name: "MariaDB",
      url: url("mysql"),
      port: listening,
      folder: own,
      get pid() {
        return running.pid;
      },
      createDatabase: () => mariadb.createDatabase(url("mysql")),
      kill: () => running.end("SIGKILL"),
      restart: () => running.start(),
      async stop() {
        await running.end("SIGTERM");
        if (folder === undefined) rmSync(own, { recursive: true, force: true });
      },
    };
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
