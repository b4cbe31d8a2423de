// Started by run-http.ts: one way to serve, in a process of its own.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sides } from "./sides.js";

const listener = await sides[process.argv[2] ?? ""]?.();
if (listener === undefined) throw new Error(`No side is called "${process.argv[2]}".`);

const server = createServer((req, res) => {
  if (req.url === "/ping") res.end("pong");
  else listener(req, res);
});
// Behind a handler that never waits, a ping may wait for longer than an idle connection is kept.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

// The heap and all memory in bytes, and the processor time in microseconds, when asked; what asking costs is left out.
let asked = 0;
process.on("message", () => {
  const before = process.cpuUsage().user;
  for (let n = 0; n < 4; n++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  asked += process.cpuUsage().user - before;
  process.send?.({
    heapUsed,
    heapAndBuffers: heapUsed + external,
    rss,
    cpu: process.cpuUsage().user - asked,
  });
});
process.on("disconnect", () => process.exit());
