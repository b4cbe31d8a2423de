import { bootstrap, DomainEvent, NotificationEvent } from "sluice";
import { consume } from "sluice/consumers";
import { MessageRegistry } from "sluice/messages";
import { describe, expect, it, vi } from "vitest";
import { Folder } from "./folder.fixture.js";
import { brokerConfig, brokerOf, lettersFolder, ofInventory, order, orders } from "./letters.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

const queue = "inventory.dead-letters";

describe.each(["replay", "discard"])("sluice dead-letters %s", (verb) => {
  const args = ["dead-letters", verb, ofInventory];

  it("changes nothing without --yes, and says how many it would change", async () => {
    using folder = await lettersFolder(...orders(3));
    expect(await folder.run([...args, "1", "2", "2", "9"])).toEqual({
      code: 0,
      stdout: "",
      stderr: `Would ${verb} 2 dead letters of ${queue}. Nothing was changed; add --yes to do it.\n`,
    });
    expect(await folder.json([...args, "--all"])).toEqual([{ matched: 3, [`${verb}ed`]: 0 }]);
    expect(folder.left()).toEqual(["1", "2", "3"]);
    expect(brokerOf(folder).content.forwarded).toEqual([]);
  });

  it.each([
    [["2"], ["1", "3", "4"]],
    [
      ["4", "1"],
      ["2", "3"],
    ],
    [["--topic=refunds"], ["1", "4"]],
    [["--reason=OUT_OF_STOCK"], ["3"]],
    [
      ["--topic=refunds", "--reason=OUT_OF_STOCK"],
      ["1", "3", "4"],
    ],
    [
      ["2", "1", "--topic=refunds"],
      ["1", "3", "4"],
    ],
    [["--all"], []],
  ])("changes %j, with --yes", async (choice, left) => {
    using folder = await lettersFolder(
      order(1),
      order(2, { "dead-letter-topic": "refunds" }),
      order(3, { "dead-letter-topic": "refunds", "dead-letter-reason": "SLUICE_UNDECODABLE" }),
      order(4),
    );
    const changed = 4 - left.length;
    expect(await folder.run([...args, ...choice, "--yes"])).toEqual({
      code: 0,
      stdout: "",
      stderr: `${changed} dead letter${changed === 1 ? "" : "s"} of ${queue} ${verb}ed.\n`,
    });
    expect(folder.left()).toEqual(left);
    expect(brokerOf(folder).content.forwarded).toHaveLength(verb === "replay" ? changed : 0);
  });

  it("goes through any number, beside those that stay", async () => {
    const refunds = { "dead-letter-topic": "refunds" };
    using folder = await lettersFolder(
      ...Array.from({ length: 1_034 }, (_, n) => order(n + 1, n % 3 === 0 ? refunds : {})),
    );
    expect(await folder.json([...args, "--topic=orders", "--yes"])).toEqual([
      { matched: 689, [`${verb}ed`]: 689 },
    ]);
    expect(folder.left()).toEqual(Array.from({ length: 345 }, (_, n) => String(3 * n + 1)));
  });

  it("ends with 3 where nothing matches", async () => {
    using folder = await lettersFolder(order(1));
    for (const choice of [["9"], ["--topic=refunds"], ["--reason=refunds"]]) {
      expect(await folder.run([...args, ...choice, "--yes"])).toEqual({
        code: 3,
        stdout: "",
        stderr: `No dead letter of ${queue} matches; nothing was changed.\n`,
      });
    }
  });

  it.each([[[]], [["1", "--all"]], [["--topic=orders", "--all"]], [["--reason=x", "--all"]]])(
    "wants to be told which, once: %j",
    async (choice) => {
      using folder = await lettersFolder(order(1));
      const { code, stderr } = await folder.run([...args, ...choice, "--yes"]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: say which dead letters/);
      expect(folder.left()).toEqual(["1"]);
    },
  );
});

describe("sluice dead-letters replay", () => {
  class OrderPlaced extends DomainEvent {
    constructor(readonly orderId: string) {
      super();
    }
  }
  const registry = new MessageRegistry().register("order.placed", OrderPlaced);

  /** A consumer of a process of its own: what it does to an order is up to the test. */
  async function consumer(folder: Folder, group: string, handle: (event: OrderPlaced) => Promise<void>) {
    const broker = brokerOf(folder);
    const mediator = bootstrap({ domainEventsMapper: (map) => map.bind(OrderPlaced, handle) });
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const retry = { immediate: 0, delayed: 0 };
    const running = await consume({ broker, topics: ["orders"], group, registry, mediator, retry, logger });
    return {
      broker,
      async [Symbol.asyncDispose]() {
        await broker.close();
        await running.close();
      },
    };
  }

  it("gives a message again to the group that gave it up, and to no other, as it was (C1)", async () => {
    using folder = new Folder();
    folder.write("sluice.config.mjs", brokerConfig());
    {
      await using failing = await consumer(folder, "inventory", async () => {
        throw new RangeError("no stock");
      });
      const payload = { orderId: "o-1" };
      const placed = { eventName: "order.placed", eventId: "m-1", topic: "orders", key: "k-1", payload };
      await bootstrap({ messageBroker: failing.broker }).publish(new NotificationEvent(placed));
    }
    const replay = ["dead-letters", "replay", ofInventory, "--all", "--yes"];
    expect(await folder.json(["dead-letters", "list", ofInventory])).toMatchObject([
      { messageId: "m-1", topic: "orders", group: "inventory", attempts: 1, payload: { orderId: "o-1" } },
    ]);
    expect(await folder.json(replay)).toEqual([{ matched: 1, replayed: 1 }]);
    const handled: string[] = [];
    for (const group of ["billing", "inventory"]) {
      await using working = await consumer(folder, group, async ({ orderId }) => {
        handled.push(`${group} ${orderId}`);
      });
      await working.broker.deliverForwarded();
    }
    expect(handled).toEqual(["inventory o-1"]);
    expect((await folder.run(replay)).code).toBe(3);
  });

  it("leaves alone those that come while it works, such as the same again", async () => {
    using folder = await lettersFolder(...orders(201));
    folder.write(
      "sluice.config.mjs",
      brokerConfig(
        "",
        `broker.onForward = async (raw) => {
          await (await broker.deadLetterQueue("${queue}")).add({ raw, attempt: 1 }, { "dead-letter-topic": "orders" });
        };`,
      ),
    );
    const replay = ["dead-letters", "replay", ofInventory, "--all", "--yes"];
    expect(await folder.json(replay)).toEqual([{ matched: 201, replayed: 201 }]);
    expect(folder.left()).toEqual(Array.from({ length: 201 }, (_, n) => String(n + 202)));
  });

  it("leaves those that cannot be replayed, says why, goes on with others, and ends with 1", async () => {
    using folder = await lettersFolder(
      order(1),
      { headers: { "x-death": "expired" }, body: "<order/>" },
      order(3),
    );
    folder.write(
      "sluice.config.mjs",
      brokerConfig(
        "",
        `broker.onForward = ({ headers }) => {
          if (headers["ce-id"] === "m-1") throw new MessageRefusedError("m-1", "it is too large");
        };`,
      ),
    );
    const { code, stdout, stderr } = await folder.run([
      "dead-letters",
      "replay",
      ofInventory,
      "--all",
      "--yes",
      "--json",
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '{"matched":3,"replayed":1}\n' });
    expect(stderr).toBe(
      "Could not replay the dead letter 1. The broker refuses message m-1: it is too large (SLUICE_MESSAGE_REFUSED)\n" +
        'Could not replay the dead letter 2. replayDeadLetter entry is "2" (a string); expected a dead letter with the header dead-letter-topic. (SLUICE_INVALID_OPTION)\n' +
        `1 of 3 dead letters of ${queue} replayed.\n`,
    );
    expect(folder.left()).toEqual(["1", "2"]);
  });

  it("stops where the broker fails, and says how far it came", async () => {
    using folder = await lettersFolder(...orders(3));
    folder.write(
      "sluice.config.mjs",
      brokerConfig(
        'close() { console.error("closed"); }',
        `broker.onForward = ({ headers }) => {
          if (headers["ce-id"] === "m-2") throw Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
        };`,
      ),
    );
    const { code, stderr } = await folder.run(["dead-letters", "replay", ofInventory, "--all", "--yes"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "Could not replay the dead letter 2.\n" +
        `1 of 3 dead letters of ${queue} replayed.\nclosed\nerror: connection lost\n`,
    });
    expect(folder.left()).toEqual(["2", "3"]);
  });
});

describe("the config of sluice dead-letters", () => {
  it.each([
    ["", "sluice.config.mjs has no broker, which sluice dead-letters needs."],
    [
      "broker: { async close() {} }",
      "The broker of sluice.config.mjs keeps no dead letters: it has no deadLetterQueue(). Look where the deadLetter of your consumers puts them.",
    ],
    [
      "broker: { async close() {}, async deadLetterQueue() { return { list: async () => [] }; } }",
      "The broker of sluice.config.mjs cannot replay dead letters: it has no forward().",
    ],
  ])("says what {%s} lacks", async (text, problem) => {
    using folder = new Folder();
    folder.write("sluice.config.mjs", `export default { ${text} };`);
    expect(await folder.run(["dead-letters", "replay", ofInventory, "--all"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${problem} (SLUICE_CONFIG)\n`,
    });
  });

  it("is closed after its broker, also where the broker fails", async () => {
    using folder = new Folder();
    folder.write(
      "shop.mjs",
      `export default {
        broker: {
          async deadLetterQueue(name) { throw new Error("no access to " + name); },
          async close() { console.error("broker closed"); },
        },
        close() { console.error("closed"); },
      };`,
    );
    const { code, stderr } = await folder.run(["dead-letters", "list", "--queue=q", "--config=shop.mjs"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^broker closed\nclosed\nerror: Error: no access to q\n/);
  });
});
