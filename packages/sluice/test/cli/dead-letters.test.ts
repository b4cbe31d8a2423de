import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { linesOf } from "./folder.fixture.js";
import { type Letter, lettersFolder, ofInventory, order, orders } from "./letters.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

const malformed = (body: string | Uint8Array) => {
  const { "ce-id": _, ...headers } = order(1).headers;
  return { headers, body };
};

/** What somebody else has put there. */
const foreign = { headers: { "x-death": "expired" }, body: "<order/>" };

const list = ["dead-letters", "list", ofInventory];

describe("sluice dead-letters list", () => {
  it("aligns dead letters for people, the oldest first, without what none has", async () => {
    using folder = await lettersFolder(order(1), order(2, { "dead-letter-at": new Date().toISOString() }));
    const { code, stdout, stderr } = await folder.run(list);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [titles, ...rows] = linesOf(stdout);
    expect(titles).toMatch(/^ID {2} +AGE {2}NAME {10}TOPIC {3}GROUP {6}KEY {2}TRIES {2}REASON {8}ERROR$/);
    expect(rows).toEqual([
      expect.stringMatching(
        /^1 +\d+d {2}order\.placed {2}orders {2}inventory {2}k-1 {6}8 {2}OUT_OF_STOCK {2}no stock for o-1$/,
      ),
      expect.stringMatching(/^2 +\d+m?s {2}order\.placed .* no stock for o-2$/),
    ]);
    using keyless = await lettersFolder({ headers: order(1).headers, body: "1" });
    expect((await keyless.run(list)).stdout).not.toContain("KEY");
  });

  it("gives all of each for programs, with its payload and its headers as they came", async () => {
    using folder = await lettersFolder(order(1, { tenant: "t-1" }));
    expect(await folder.json(list)).toEqual([
      {
        id: "1",
        at: "2026-01-02T04:04:05.678Z",
        topic: "orders",
        group: "inventory",
        key: "k-1",
        attempts: 8,
        reason: "OUT_OF_STOCK",
        error: "no stock for o-1",
        messageId: "m-1",
        name: "order.placed",
        timestamp: "2026-01-02T03:04:05.678Z",
        contentType: "application/json",
        problem: null,
        headers: { ...order(1).headers, tenant: "t-1" },
        payload: { orderId: "o-1" },
      },
    ]);
  });

  it("reads what is compressed, and gives a payload that is no JSON as base64", async () => {
    using folder = await lettersFolder(
      { ...order(1, { "content-encoding": "gzip" }), body: gzipSync('{"orderId":"o-1"}') },
      { ...order(2, { "content-type": "application/cbor" }), body: Uint8Array.of(0xa0, 0xff) },
      { ...order(3), body: '{"orderId":' },
    );
    expect(await folder.json(list)).toMatchObject([
      { payload: { orderId: "o-1" } },
      { contentType: "application/cbor", payloadBase64: "oP8=" },
      { messageId: "m-3", payloadBase64: "eyJvcmRlcklkIjo=" },
    ]);
  });

  it("shows what is no message, and what no consumer has put there, with what is known of it (M2)", async () => {
    using folder = await lettersFolder(malformed('{"a":1}'), foreign);
    const [, ...rows] = linesOf((await folder.run(list)).stdout);
    expect(rows).toEqual([
      expect.stringMatching(/^1 +\d+d {2}orders {2}inventory {6}8 {2}OUT_OF_STOCK {2}no stock for o-1$/),
      expect.stringMatching(/^2 .* - .* What came is no message of CloudEvents/),
    ]);
    const unread = { messageId: null, name: null, timestamp: null, problem: expect.stringContaining("ce-") };
    expect(await folder.json(list)).toMatchObject([
      { ...unread, topic: "orders", attempts: 8, payload: { a: 1 } },
      {
        ...unread,
        topic: null,
        group: null,
        reason: null,
        error: null,
        attempts: null,
        headers: { "x-death": "expired" },
        payloadBase64: Buffer.from(foreign.body).toString("base64"),
      },
    ]);
  });

  it("shows nothing of a moment or a count that is none", async () => {
    using folder = await lettersFolder(
      order(1, { "dead-letter-at": "yesterday", "dead-letter-attempts": "many" }),
    );
    expect(await folder.json(list)).toMatchObject([{ at: null, attempts: null, reason: "OUT_OF_STOCK" }]);
    expect((await folder.run(list)).stdout).not.toMatch(/AGE|TRIES|NaN/);
  });

  it("takes those of a topic or a reason", async () => {
    using folder = await lettersFolder(
      order(1),
      order(2, { "dead-letter-topic": "refunds" }),
      order(3, { "dead-letter-topic": "refunds", "dead-letter-reason": "SLUICE_UNDECODABLE" }),
      foreign,
    );
    const ids = async (...filter: readonly string[]) =>
      ((await folder.json([...list, ...filter])) as { id: string }[]).map(({ id }) => id);
    expect(await ids()).toEqual(["1", "2", "3", "4"]);
    expect(await ids("--topic=refunds")).toEqual(["2", "3"]);
    expect(await ids("--reason=OUT_OF_STOCK")).toEqual(["1", "2"]);
    expect(await ids("--topic=refunds", "--reason=OUT_OF_STOCK")).toEqual(["2"]);
    expect(await ids("--topic=inventory.dead-letters")).toEqual([]);
    expect(await ids("--topic=refunds", "--limit=1")).toEqual(["2"]);
  });

  it("shows the first of many, and that there are more", async () => {
    using folder = await lettersFolder(...orders(51));
    const first = await folder.run(list);
    expect(linesOf(first.stdout)).toHaveLength(51);
    expect(first.stderr).toBe("There are more than 50; a higher --limit shows them.\n");
    const all = await folder.run([...list, "--limit=51"]);
    expect(linesOf(all.stdout)).toHaveLength(52);
    expect(all.stderr).toBe("");
  });

  it("reads any number, page by page, each once and in order", async () => {
    using folder = await lettersFolder(...orders(1_000), ...orders(34));
    const ids = ((await folder.json([...list, "--limit=1000000"])) as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 1_034 }, (_, n) => String(n + 1)));
    expect(await folder.json([...list, "--limit=401"])).toHaveLength(401);
  });

  it("is fine where there is nothing, and says so", async () => {
    using folder = await lettersFolder(order(1));
    expect(await folder.run(["dead-letters", "list", "--queue=inventory"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "inventory has no such dead letters.\n",
    });
    expect(await folder.run([...list, "--json", "--topic=refunds"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("takes the name of the queue, or the group that it is called after", async () => {
    using folder = await lettersFolder(order(1));
    expect(await folder.json(["dead-letters", "list", "--queue=inventory.dead-letters"])).toHaveLength(1);
    expect(await folder.json(list)).toHaveLength(1);
  });

  it("ends quietly when whoever reads has seen enough", async () => {
    using folder = await lettersFolder(...orders(5_000));
    const child = folder.start([...list, "--json", "--limit=5000"]);
    let stderr = "";
    child.stderr?.on("data", (text) => {
      stderr += text;
    });
    await once(child.stdout as NodeJS.EventEmitter, "data");
    child.stdout?.destroy();
    const [code] = await once(child, "close");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("sluice dead-letters show", () => {
  const show = async (letter: Letter) => {
    using folder = await lettersFolder(...orders(300), letter);
    const { code, stdout } = await folder.run(["dead-letters", "show", "301", ofInventory]);
    expect(code).toBe(0);
    return stdout;
  };

  it("shows all of one", async () => {
    const stdout = await show(order(1, { tenant: "t-1" }));
    expect(stdout).toMatch(
      /^id {12}301\nmessage id {4}m-1\nname {10}order\.placed\ntopic {9}orders\ngroup {9}inventory\nkey {11}k-1\ntries {9}8\n/,
    );
    expect(stdout).toMatch(
      /\nreason {8}OUT_OF_STOCK\nerror {9}no stock for o-1\ngiven up {6}2026-01-02T04:04:05\.678Z\nhappened {6}2026-01-02T03:04:05\.678Z\n/,
    );
    expect(stdout).toContain('"tenant":"t-1"}\ncontent type  application/json\n\n');
    expect(stdout).toMatch(/\n\n\{\n {2}"orderId": "o-1"\n\}\n$/);
  });

  it("shows what is broken as it came, where it is text", async () => {
    const stdout = await show(malformed('{"orderId": \x1b[2J\n'));
    expect(stdout).toMatch(
      /\nunreadable {4}What came is no message of CloudEvents.*\n\n\{"orderId": \\u001b\[2J\n\n$/,
    );
    expect(await show({ ...order(1), body: '{"orderId":' })).toMatch(/\n\n\{"orderId":\n$/);
    expect(await show({ ...order(1), body: Uint8Array.of(0x7b, 0xff) })).toMatch(
      /\n\n2 bytes that are no text; --json gives them as base64\.\n$/,
    );
  });

  it("shows what came with messages without obeying it", async () => {
    const evil = "a\x1b[2J\x9b31m";
    using folder = await lettersFolder({
      ...order(1, { "dead-letter-error": evil, tenant: evil }),
      key: evil,
    });
    for (const args of [["list"], ["show", "1"]]) {
      const { stdout } = await folder.run(["dead-letters", ...args, ofInventory]);
      expect(stdout).toContain("a\\u001b[2J\\u009b31m");
      for (const control of ["\x1b", "\x9b"]) expect(stdout).not.toContain(control);
    }
  });

  it("gives one document for programs", async () => {
    using folder = await lettersFolder(...orders(2));
    expect(await folder.json(["dead-letters", "show", "2", ofInventory])).toMatchObject([
      { id: "2", messageId: "m-2", payload: { orderId: "o-2" } },
    ]);
  });

  it("ends with 3 where there is no such dead letter", async () => {
    using folder = await lettersFolder(order(1));
    expect(await folder.run(["dead-letters", "show", "9", ofInventory])).toEqual({
      code: 3,
      stdout: "",
      stderr: "inventory.dead-letters has no dead letter 9.\n",
    });
  });
});
