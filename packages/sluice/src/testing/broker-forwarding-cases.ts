import type { ReceivedMessage } from "../brokers/received-message.js";
import type { WireMessage } from "../brokers/wire-format.js";
import type { BrokerCase } from "./broker-case.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectEqual } from "./expect.js";

/** What came from anybody: of no format that a broker reads. */
const stray: WireMessage = {
  headers: { "x-from": "elsewhere", "content-type": "application/octet-stream" },
  body: new Uint8Array([0, 1, 127, 128, 254, 255]),
};

function forward(
  bed: BrokerTestBed,
  message: Pick<ReceivedMessage, "raw">,
  topic: string,
  headers: Record<string, string>,
): Promise<void> {
  const { broker } = bed;
  expect(broker.forward !== undefined, "The broker has no forward().");
  const { signal } = new AbortController();
  return bed.within(broker.forward(message, { topic, headers, signal }), "forward() did not settle in time.");
}

/** What comes in and goes on as it came, and what is no message. */
export const forwardingCases: readonly BrokerCase[] = [
  {
    title: "forwards a message to another topic as it came, with more headers (M2, M3)",
    body: async (bed) => {
      const topic = await bed.newTopic();
      const { received } = await bed.subscribe();
      const target = await bed.subscribe({ topics: [topic] });
      const message = bed.message({ key: "k", headers: { tenant: "acme" }, payload: { text: "Grüße" } });
      await bed.publish(message);
      await received.exactly([message]);
      await forward(bed, received.all[0] as ReceivedMessage, topic, { "x-reason": "über" });
      await target.received.exactly([message]);
      const { id, name, key, timestamp, headers, payload } = target.received.all[0] as ReceivedMessage;
      const came = { id, name, key, timestamp, payload, tenant: headers.tenant, reason: headers["x-reason"] };
      const { id: sent, name: called, timestamp: at } = message;
      const wanted = { id: sent, name: called, key: "k", timestamp: at, payload: { text: "Grüße" } };
      expectEqual(came, { ...wanted, tenant: "acme", reason: "über" }, "The message");
    },
  },
  {
    title: "brings what is no message as it came, to be told when it is read, and goes on behind it (M2)",
    body: async (bed) => {
      const { received } = await bed.subscribe({ concurrency: 1 });
      const [before, after] = [bed.messages(5), bed.messages(5)];
      await bed.publish(...before);
      await forward(bed, { raw: stray }, bed.topic, { "x-reason": "lost" });
      await bed.publish(...after);
      await received.exactly([...before, ...after]);
      await received.until(() => received.strays.length > 0, "What is no message did not come.");
      for (const { message, error } of received.strays) {
        const { code } = error as { code?: unknown };
        expect(code === "SLUICE_MALFORMED_MESSAGE", `Reading it threw another error: ${error}`);
        expectEqual([...message.raw.body], [...stray.body], "The bytes");
        const { "x-from": from, "x-reason": reason, "content-type": type } = message.raw.headers;
        const wanted = { from: "elsewhere", reason: "lost", type: "application/octet-stream" };
        expectEqual({ from, reason, type }, wanted, "The headers");
        expectEqual([message.topic, message.attempt], [bed.topic, 1], "The topic and the attempt");
      }
    },
  },
];
