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
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

// The heap and all memory, in bytes, when asked.
process.on("message", () => {
  for (let n = 0; n < 4; n++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapUsed, rss });
});
process.on("disconnect", () => process.exit());
