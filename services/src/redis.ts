import { join } from "node:path";
import { askPort } from "./ask-port.js";
import { findProgram } from "./find-program.js";
import { freePort } from "./free-port.js";
import { byInstall } from "./how-to-install.js";
import { notHere } from "./program.js";
import { ServerProcess } from "./server-process.js";
import type { Service, StartOptions } from "./service.js";
import { serverFolder, startServer } from "./start-server.js";

/** What is answered is on the disk. */
const durable = { appendonly: "yes", appendfsync: "always", save: "" };

/** Redis, from Debian's packages. `settings` as in redis.conf. */
export const redis: Service = {
  name: "Redis",
  howToInstall: byInstall,

  isInstalled: () => findProgram("redis-server") !== undefined,

  get packages() {
    return redis.isInstalled() ? [] : ["redis-server"];
  },

  async start(options: StartOptions = {}) {
    const path = findProgram("redis-server");
    if (path === undefined) throw notHere(redis);
    const { port = await freePort(), settings, env } = options;
    const folder = serverFolder("redis", options);
    const given = { bind: "127.0.0.1", port, dir: folder.path, ...durable, ...settings };
    const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const program = { path, args, cwd: folder.path, env, log: join(folder.path, "server.log") };
    const isReady = (answer: Buffer) => answer.toString().startsWith("+PONG\r\n");
    return startServer({
      name: "Redis",
      url: `redis://127.0.0.1:${port}`,
      port,
      folder,
      process: new ServerProcess(program, () => askPort(port, "PING\r\n", isReady)),
      signal: "SIGTERM",
    });
  },
};
