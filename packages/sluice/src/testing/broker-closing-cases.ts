import type { Message } from "../brokers/message.js";
import type { BrokerCase } from "./broker-case.js";
import { fanOut } from "./broker-needs.js";
import { expect, expectRejection } from "./expect.js";

const isClosedError = (error: unknown) =>
  (error as { code?: unknown } | null)?.code === "SLUICE_BROKER_CLOSED";

/** What becomes of messages when something closes. */
export const closingCases: readonly BrokerCase[] = [
  {
    title: "gives a closed subscription nothing more, and others what they are due",
    needs: [fanOut],
    body: async (bed) => {
      const leaving = await bed.subscribe();
      const staying = await bed.subscribe();
      const [before, after] = [bed.messages(10), bed.messages(10)];
      await bed.publish(...before);
      await leaving.received.exactly(before);
      await bed.end(leaving.subscription);
      await bed.publish(...after);
      await staying.received.exactly([...before, ...after]);
      await leaving.received.exactly(before);
    },
  },
  {
    title: "closes a subscription only when what it is handling is done",
    body: async (bed) => {
      const gate = bed.gate();
      const { received, subscription } = await bed.subscribe({ handle: () => gate.promise });
      await bed.publish(bed.message());
      await received.whenRunning(1);
      let early = false;
      const closed = subscription.close().then(() => {
        early = received.running > 0;
      });
      await bed.pause(0);
      gate.resolve();
      await bed.within(closed, "The subscription did not close in time.");
      expect(!early, "It closed while a message was being handled.");
    },
  },
  {
    title: "loses nothing that it took when it is closed while publishing, and refuses the rest",
    body: async (bed) => {
      const { received } = await bed.subscribe({ broker: await bed.another() });
      const messages = bed.messages(200);
      const taken: Message[] = [];
      const refused: unknown[] = [];
      const publishing = messages.map(async (message, n) => {
        for (let turn = 0; turn < n; turn++) await Promise.resolve();
        await bed.publish(message).then(
          () => taken.push(message),
          (error) => refused.push(error),
        );
      });
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      await bed.within(bed.broker.close(), "close() did not settle in time.");
      await Promise.all(publishing);
      expect(taken.length + refused.length === messages.length, "A publish() was neither taken nor refused.");
      expect(
        refused.every(isClosedError),
        `Something was refused with another error: ${refused.find((error) => !isClosedError(error))}`,
      );
      await received.exactly(taken);
    },
  },
  {
    title: "refuses to publish and to subscribe once it is closed",
    body: async (bed) => {
      await bed.broker.close();
      const otherwise = "It took a message after close().";
      const refusal = await expectRejection(bed.publish(bed.message()), otherwise);
      expect(isClosedError(refusal), `It refused with another error: ${refusal}`);
      const second = await expectRejection(bed.subscribe(), "It took a subscriber after close().");
      expect(isClosedError(second), `It refused with another error: ${second}`);
    },
  },
  {
    title: "closes once, however often and by however many it is told to",
    body: async (bed) => {
      await bed.subscribe();
      await bed.publish(...bed.messages(10));
      const closes = Array.from({ length: 10 }, () => bed.broker.close());
      await bed.within(Promise.all(closes), "close() did not settle in time.");
      await bed.within(bed.broker.close(), "A later close() did not settle in time.");
    },
  },
];
