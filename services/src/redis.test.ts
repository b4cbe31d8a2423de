import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { askPort } from "./ask-port.js";
import { freePort } from "./free-port.js";
import { redis } from "./redis.js";
import { serverConforms } from "./server-conforms.fixture.js";
import { describeWith } from "./testing/describe-with.js";

const isAnswered = (answer: Buffer) => answer.toString().endsWith("\r\n");
const ask = async (port: number, command: string) => `${await askPort(port, `${command}\r\n`, isAnswered)}`;

serverConforms(redis, {
  write: (server, text) => ask(server.port, `SET written ${text}`),
  read: async (server) => (await ask(server.port, "GET written")).split("\r\n")[1],
});

describeWith(redis, "Redis", () => {
  it("takes settings, a port and a folder, and leaves the folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
    const port = await freePort();
    const server = await redis.start({ port, folder, settings: { appendfsync: "everysec" } });
    try {
      expect(server).toMatchObject({ port, folder, url: `redis://127.0.0.1:${port}` });
      expect(await ask(port, "CONFIG GET appendfsync")).toContain("everysec");
      expect(await ask(port, "CONFIG GET appendonly")).toContain("yes");
    } finally {
      await server.stop();
    }
    expect(existsSync(join(folder, "appendonlydir"))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it("refuses a port on which somebody else answers", async () => {
    const other = createServer((socket) => socket.end("+PONG\r\n")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(redis.start({ port })).rejects.toThrow(`Port ${port} of 127.0.0.1 cannot be had`);
    other.close();
  });

  it("tells what a server said that does not start", async () => {
    await expect(redis.start({ settings: { "no-such-setting": 1 } })).rejects.toThrow("Bad directive");
  });
});
