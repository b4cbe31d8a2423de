import type { Message } from "../brokers/message.js";
import type { BrokerCase } from "./broker-case.js";
import { expectEqual } from "./expect.js";

const carried = ({ id, name, topic, key, timestamp, headers, payload }: Message) => ({
  id,
  name,
  topic,
  key,
  timestamp,
  headers: Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)),
  payload,
});

/** What arrives is what was published. */
export const carryingCases: readonly BrokerCase[] = [
  {
    title: "publishes and subscribes: 100 messages arrive as they are (M3)",
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const messages = bed.messages(100, (n) => ({
        name: `conformance.tested.${n % 3}`,
        key: n % 2 ? `key ${n}` : undefined,
        timestamp: new Date(1_700_000_000_000 + n),
        headers: { "correlation-id": crypto.randomUUID() },
      }));
      await bed.publish(...messages.slice(0, 40));
      for (const message of messages.slice(40)) await bed.publish(message);
      await received.exactly(messages);
      const byId = new Map(received.all.map((message) => [message.id, message]));
      for (const message of messages) {
        expectEqual(carried(byId.get(message.id) as Message), carried(message), "A message");
      }
    },
  },
  {
    title: "carries headers as they are: none, many, empty, in any script",
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`x-header-${n}`, `value ${n}`]));
      const headers = [{}, { empty: "" }, { text: 'Grüße, 世界 🌍; a=b, "c"' }, many];
      const messages = headers.map((each) => bed.message({ headers: each }));
      await bed.publish(...messages);
      await received.exactly(messages);
      const byId = new Map(received.all.map((message) => [message.id, message]));
      for (const message of messages) {
        expectEqual(
          carried(byId.get(message.id) as Message).headers,
          carried(message).headers,
          "The headers",
        );
      }
    },
  },
  {
    title: "carries every value that JSON has (M1)",
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const payloads = [
        null,
        true,
        0,
        -1.5e300,
        "",
        "Grüße 🌍\n\u0000",
        [],
        [null, [1]],
        {},
        { a: { "b c": [] } },
      ];
      const messages = payloads.map((payload) => bed.message({ payload }));
      await bed.publish(...messages);
      await received.exactly(messages);
      for (const [index, { id }] of messages.entries()) {
        const arrived = received.all.find((message) => message.id === id);
        expectEqual(arrived?.payload, payloads[index], "A payload");
      }
    },
  },
  {
    title: "carries a large message",
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const text = "0123456789".repeat(Math.floor((bed.largestPayload - 100) / 10));
      const message = bed.message({ payload: { text } });
      await bed.publish(message);
      await received.exactly([message]);
      expectEqual(received.all[0]?.payload, { text }, "The large payload");
    },
  },
];
