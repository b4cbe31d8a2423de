import type { ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import type { Folder } from "./folder.fixture.js";
import { shop } from "./shop.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

/** Tells the test what happens, and publishes when the test says so. */
const config = (relay = "{}") => `
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { defineConfig } from "sluice/cli";
import { MessageRegistry } from "sluice/messages";
import { SqliteOutbox } from "sluice/stores/sqlite";

const db: DatabaseSync = new DatabaseSync("shop.db");
const tell = (what: unknown): unknown => process.send?.(what);

export default defineConfig({
  outbox: () => new SqliteOutbox(db, { registry: new MessageRegistry() }),
  broker: async () => ({
    async publish(messages) {
      const told = once(process, "message");
      tell({ publishing: messages.map(({ id }) => id) });
      await told;
    },
    async close() { tell("broker closed"); },
  }),
  relay: ${relay},
  close() { db.close(); tell("config closed"); },
});
`;

/** A relay at work, and what it says, in order. */
class RunningRelay {
  readonly child: ChildProcess;
  readonly stderr: string[] = [];
  readonly #lines: AsyncIterator<string>;
  readonly #told: AsyncIterator<unknown[]>;
  readonly #closed: Promise<unknown[]>;

  constructor(folder: Folder, args: readonly string[] = ["--json"]) {
    this.child = folder.start(["relay", ...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#lines = createInterface({ input: this.child.stdout as Readable })[Symbol.asyncIterator]();
    this.#told = on(this.child, "message", { close: ["disconnect"] });
    this.#closed = once(this.child, "close");
    this.child.stderr?.on("data", (text) => this.stderr.push(String(text)));
  }

  /** The next line of its log. */
  async line(): Promise<string> {
    return (await this.#lines.next()).value;
  }

  /** Reads its log up to a line with this text. */
  async until(text: string): Promise<string> {
    for (let line = await this.line(); line !== undefined; line = await this.line())
      if (line.includes(text)) return line;
    throw new Error(`The relay has ended without logging ${text}: ${this.stderr.join("")}`);
  }

  /** The next that its config tells. */
  async told(): Promise<unknown> {
    return (await this.#told.next()).value?.[0];
  }

  async ended(): Promise<{ readonly code: unknown; readonly signal: unknown; readonly stderr: string }> {
    const [code, signal] = await this.#closed;
    return { code, signal, stderr: this.stderr.join("") };
  }
}

const rows = ({ db }: Awaited<ReturnType<typeof shop>>) =>
  db.prepare("select count(*) as n from sluice_outbox").get()?.n;

describe("sluice relay", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "publishes to the broker of the config, and on %s writes down what is under way before it ends (O3)",
    async (signal) => {
      using folder = await shop(2);
      folder.write("sluice.config.ts", config());
      const relay = new RunningRelay(folder);
      expect(JSON.parse(await relay.line())).toEqual({
        time: expect.stringMatching(/^2.*Z$/),
        level: "info",
        message: expect.stringMatching(/^relay-.+ publishes what the outbox keeps\.$/),
        worker: expect.stringMatching(/^relay-/),
      });
      expect(await relay.told()).toEqual({ publishing: ["o-1", "o-2"] });

      relay.child.kill(signal);
      await relay.until(signal);
      expect(rows(folder)).toBe(2);
      relay.child.send("go on");

      expect(await relay.told()).toBe("broker closed");
      expect(await relay.told()).toBe("config closed");
      expect(await relay.ended()).toEqual({ code: 0, signal: null, stderr: "" });
      expect(rows(folder)).toBe(0);
      expect(await folder.json(["outbox", "stats", "--database=sqlite:shop.db"])).toMatchObject([
        { workers: [] },
      ]);
    },
  );

  it("ends at once on a second signal, and what was under way stays to be published (O2)", async () => {
    using folder = await shop(1);
    folder.write("sluice.config.ts", config());
    const relay = new RunningRelay(folder);
    await relay.told();
    relay.child.kill("SIGTERM");
    await relay.until("SIGTERM");
    relay.child.kill("SIGTERM");
    expect(await relay.ended()).toEqual({ code: 1, signal: null, stderr: "" });
    expect(rows(folder)).toBe(1);
  });

  it("ends in its own time when nobody reads its log any more", async () => {
    using folder = await shop(1);
    const noticing = 'process.stdout.on("error", () => tell("nobody reads"));';
    folder.write("sluice.config.ts", config("{ reportMs: 100 }") + noticing);
    const relay = new RunningRelay(folder);
    expect(await relay.told()).toEqual({ publishing: ["o-1"] });
    relay.child.stdout?.destroy();
    expect(await relay.told()).toBe("nobody reads");
    relay.child.send("go on");
    expect(await relay.told()).toBe("broker closed");
    expect(await relay.told()).toBe("config closed");
    expect(await relay.ended()).toEqual({ code: 0, signal: null, stderr: "" });
    expect(rows(folder)).toBe(0);
  });

  it("logs reports and failures, as text that is told without being obeyed", async () => {
    using folder = await shop(1);
    folder.write(
      "sluice.config.mjs",
      `import { DatabaseSync } from "node:sqlite";
      import { MessageRegistry } from "sluice/messages";
      import { SqliteOutbox } from "sluice/stores/sqlite";
      export default {
        outbox: new SqliteOutbox(new DatabaseSync("shop.db"), { registry: new MessageRegistry() }),
        broker: { async publish() { throw new Error("no\\n\\x1b[2Jway"); }, async close() {} },
        relay: { name: "relay-1", reportMs: 100, retryMs: 60_000, maxRetryMs: 60_000 },
      };`,
    );
    const relay = new RunningRelay(folder, []);
    expect(await relay.line()).toMatch(/^\S+Z info {2}relay-1 publishes what the outbox keeps\.$/);
    expect(await relay.until("failed 1 times")).toMatch(
      /^\S+Z warn {2}order\.placed o-1 failed 1 times; its next try is in \d+ ms\. no\\n\\u001b\[2Jway$/,
    );
    expect(await relay.until("pending")).toMatch(
      /^\S+Z info {2}relay-1: 0 published \(0 a second\); \d failed; 1 pending, the oldest for \S+; 0 dead letters\.$/,
    );
    relay.child.kill("SIGTERM");
    expect(await relay.ended()).toMatchObject({ code: 0, stderr: "" });
  });

  it("logs and reports through a logger of the config's own", async () => {
    using folder = await shop(1);
    const logger =
      "{ debug() {}, warn() {}, error() {}, info: (details: object, message: string) => tell(message) }";
    folder.write("sluice.config.ts", config(`{ name: "relay-1", reportMs: 100, logger: ${logger} }`));
    const relay = new RunningRelay(folder);
    const told = [await relay.told(), await relay.told(), await relay.told()];
    expect(told).toContainEqual({ publishing: ["o-1"] });
    expect(told).toContain("relay-1 publishes what the outbox keeps.");
    expect(told).toContainEqual(expect.stringMatching(/^relay-1: 0 published/));
    relay.child.send("go on");
    relay.child.kill("SIGTERM");
    expect(await relay.ended()).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("closes what the config has made when it cannot start", async () => {
    using folder = await shop(1);
    folder.db.exec("drop table sluice_migration");
    folder.write("sluice.config.ts", config());
    const relay = new RunningRelay(folder);
    expect(await relay.told()).toBe("broker closed");
    expect(await relay.told()).toBe("config closed");
    expect(await relay.ended()).toEqual({
      code: 1,
      signal: null,
      stderr: expect.stringMatching(/^error: Sluice's tables were not found: .* \(SLUICE_MIGRATION\)\n$/),
    });
  });

  it.each([
    ["outbox", "broker: { async publish() {}, async close() {} }"],
    ["broker", "outbox: () => ({})"],
  ])("says that the config has no %s", async (name, rest) => {
    using folder = await shop(0);
    folder.write("sluice.config.mjs", `export default { ${rest} };`);
    expect(await folder.run(["relay"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: sluice.config.mjs has no ${name}, which sluice relay needs. (SLUICE_CONFIG)\n`,
    });
  });
});
