import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { askPort } from "./ask-port.js";
import { assertFree, freePort } from "./free-port.js";
import { nats } from "./nats.js";
import { processesIn } from "./processes-in.fixture.js";
import { redis } from "./redis.js";
import { describeWith } from "./testing/describe-with.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const missing = [redis, nats].find((service) => !service.isInstalled());

/** Where the sets of a test lie. */
let folder = tmpdir();

const env = () => ({ ...process.env, TMPDIR: folder });

interface Run {
  readonly code: number;
  readonly said: string;
  readonly complained: string;
}

function run(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env: env() }, (error, said, complained) =>
      resolve({ code: error === null ? 0 : Number(error.code), said, complained }),
    );
  });
}

/** Ports, by the names of the servers that a command shows. */
const portsIn = (said: string) =>
  Object.fromEntries(
    [...said.matchAll(/^(\w+) +\w+:\/\/127\.0\.0\.1:(\d+) /gm)].map(([, name, port]) => [name, Number(port)]),
  );

const pong = (port: number | undefined) =>
  askPort(port ?? 0, "PING\r\n", (answer) => answer.includes("PONG\r\n"));

const left = () => readdirSync(folder, { recursive: true, encoding: "utf8" });

describeWith(missing, "npm run services (with Redis and NATS)", () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  });

  afterEach(async () => {
    for (const set of ["default", "other"]) await run("stop", "--name", set);
    rmSync(folder, { recursive: true });
  });

  it("leaves detached servers running, shows them, and leaves nothing of them once they are stopped", async () => {
    const started = await run("start", "--detached", "--only", "redis,nats");
    const ports = portsIn(started.said);
    await pong(ports.Redis);
    await pong(ports.NATS);
    const { said } = await run("status");
    expect(said).toMatch(/^default \(pid \d+\)\n/);
    expect(portsIn(said)).toEqual(ports);
    expect(said).toMatch(/^Redis .* pid \d+ .*default\/redis$/m);
    if (process.platform === "linux") expect(said).toMatch(/^Redis .* \d+ MB /m);

    expect(await run("stop")).toMatchObject({ code: 0, said: 'Stopped "default".\n' });
    expect(processesIn(folder)).toEqual([]);
    expect(left()).toEqual([expect.stringMatching(/^sluice-services-/)]);
    expect((await run("status")).said).toMatch(/^Nothing runs/);
    expect(await run("stop")).toMatchObject({ code: 1, complained: expect.stringContaining("default") });
  });

  it("runs sets side by side, each name once", async () => {
    const port = await freePort();
    const first = await run("start", "--detached", "--only", "redis", "--port", `redis=${port}`);
    expect(portsIn(first.said)).toEqual({ Redis: port });
    const again = await run("start", "--detached", "--only", "redis");
    expect(again).toMatchObject({ code: 1, complained: expect.stringContaining('"default" runs already') });
    const other = await run("start", "--detached", "--only", "redis", "--name", "other");

    await run("stop");
    await assertFree(port);
    await pong(portsIn(other.said).Redis);
    expect((await run("status")).said).toMatch(/^other \(pid \d+\)\nRedis /);
  });

  it.runIf(process.platform === "linux")(
    "ends servers with a process that is killed, and deletes what it left",
    async () => {
      await run("start", "--detached", "--only", "redis,nats");
      const [, pid] = /pid (\d+)\)/.exec((await run("status")).said) ?? [];
      process.kill(Number(pid), "SIGKILL");
      await expect.poll(() => processesIn(join(folder, ...left().slice(0, 1), "default"))).toEqual([]);
      expect((await run("status")).said).toMatch(/^default: killed/);
      expect((await run("stop")).said).toBe('Deleted what "default" had left.\n');
      expect(left()).toHaveLength(1);
    },
  );

  it("stays in the foreground until Ctrl-C, which npm may hand on twice", async () => {
    const child = spawn(process.execPath, [main, "--only", "redis,nats"], { env: env() });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    const hasSaid = (text: string) => expect.poll(() => said, { timeout: 30_000 }).toContain(text);
    await hasSaid("Ctrl-C");
    await pong(portsIn(said).Redis);
    const ended = once(child, "exit");
    // While it is frozen, it is not ended yet.
    const redisPid = Number(/^Redis .* pid (\d+) /m.exec(said)?.[1]);
    process.kill(redisPid, "SIGSTOP");
    child.kill("SIGINT");
    await hasSaid("Ending");
    child.kill("SIGINT");
    process.kill(redisPid, "SIGCONT");
    expect(await ended).toEqual([0, null]);
    expect(left()).toHaveLength(1);
  });

  it("starts none where one cannot start, and says why", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { code, complained } = await run(
      "start",
      "--detached",
      "--only",
      "redis,nats",
      "--port",
      `nats=${port}`,
    );
    taken.close();
    expect({ code, complained }).toEqual({ code: 1, complained: expect.stringContaining(`Port ${port} `) });
    expect(processesIn(folder)).toEqual([]);
    expect((await run("status")).said).toMatch(/^Nothing runs/);
  });
});

it.each([
  [["--only", "oracle"], 'There is no "oracle" among postgres'],
  [["--port", "redis=70000"], "Expected a name and a port"],
  [["--name", "../elsewhere"], "letters, digits and dashes"],
  [["restart"], "too many arguments"],
])("npm run services -- %s is called in a wrong way", async (args, complaint) => {
  expect(await run(...args)).toMatchObject({ code: 2, complained: expect.stringContaining(complaint) });
});
