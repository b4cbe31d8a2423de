import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { assertFree } from "./free-port.js";
import { processesIn } from "./processes-in.fixture.js";
import type { RunningServer, Service } from "./service.js";
import { describeWith } from "./testing/describe-with.js";

/** What its clients do with a server. */
interface Clients<Server> {
  write(server: Server, text: string): Promise<unknown>;
  /** What was written. */
  read(server: Server): Promise<unknown>;
}

/** What holds of every server. */
export function serverConforms<Server extends RunningServer>(
  service: Service<Server>,
  { write, read }: Clients<Server>,
): void {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

  describeWith(service, `${service.name} as a service`, () => {
    let server: Server;

    beforeAll(async () => {
      server = await service.start();
    });

    afterAll(async () => {
      await server?.stop();
    });

    it("takes requests as soon as it is started", async () => {
      await write(server, "kept");
      expect(await read(server)).toBe("kept");
    });

    it("is gone after kill, and back on the same port with its data after restart", async () => {
      const { pid, url } = server;
      await server.kill();
      await assertFree(server.port);
      await server.restart();
      expect(await read(server)).toBe("kept");
      expect(server.url).toBe(url);
      expect(server.pid).not.toBe(pid);
    });

    it.runIf(process.platform === "linux")("leaves no process and no folder when it is stopped", async () => {
      const { folder } = server;
      expect(processesIn(folder)).toContain(server.pid);
      await server.stop();
      await expect.poll(() => processesIn(folder), { timeout: 5_000 }).toEqual([]);
      expect(existsSync(folder)).toBe(false);
    });
  });
}
