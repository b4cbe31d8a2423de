import type { BrokerCase } from "./broker-case.js";
import { deduplication } from "./broker-needs.js";
import { expect } from "./expect.js";

/** What becomes of what is published. */
export const publishingCases: readonly BrokerCase[] = [
  {
    title: "takes an empty list of messages",
    body: async (bed) => {
      await bed.within(bed.publish(), "publish() did not settle in time.");
    },
  },
  {
    title: "loses nothing of concurrent publishers",
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const messages = bed.messages(200);
      await Promise.all(messages.map((message) => bed.publish(message)));
      await received.exactly(messages);
    },
  },
  {
    title: "leaves one of messages that are published again, under the same id",
    needs: [deduplication],
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const messages = bed.keyed(20, 4);
      await bed.publish(...messages);
      await bed.publish(...messages);
      const after = bed.keyed(4, 4);
      await bed.publish(...after);
      await received.exactly([...messages, ...after]);
      received.expectNoRepeats();
    },
  },
  {
    title: "publishes nothing for whoever no longer waits, and stops waiting when told to",
    body: async (bed) => {
      const { received } = await bed.subscribe();
      const reason = new Error("The suite no longer waits.");
      const gone = bed.broker.publish([bed.message()], { signal: AbortSignal.abort(reason) });
      const refusal = await bed.within(
        gone.then(
          () => undefined,
          (error) => error,
        ),
        "publish() did not settle in time.",
      );
      expect(refusal === reason, `It was to be rejected with the signal's reason, and was with ${refusal}.`);
      const leaving = new AbortController();
      const messages = bed.messages(100);
      const publishing = bed.broker.publish(messages, { signal: leaving.signal });
      leaving.abort(reason);
      const error = await bed.within(
        publishing.then(
          () => undefined,
          (why) => why,
        ),
        "publish() did not settle in time.",
      );
      expect(error === undefined || error === reason, `It was rejected with another error: ${error}`);
      const after = bed.messages(10);
      await bed.publish(...after);
      const wanted = error === undefined ? [...messages, ...after] : after;
      await received.until(() => wanted.every((each) => received.has(each)), "Messages were lost.");
      const sent = new Set([...messages, ...after].map(({ id }) => id));
      const strange = received.ids.filter((id) => !sent.has(id));
      expect(strange.length === 0, "What nobody waited for was published.");
    },
  },
];
