import type { Message } from "../brokers/message-broker.js";
import type { BrokerCase } from "./broker-case.js";
import { expect, expectRejection } from "./expect.js";

const isClosedError = (error: unknown) =>
  (error as { code?: unknown } | null)?.code === "SLUICE_BROKER_CLOSED";

/** What becomes of messages when something closes. */
export const closingCases: readonly BrokerCase[] = [
  {
    title: "gives a closed subscription nothing more, and others what they are due",
    needs: "fanOut",
    body: async (bed) => {
      const [leaving, staying] = [bed.received(), bed.received()];
      const subscription = await leaving.subscribe(bed.broker, bed.topic);
      await staying.subscribe(bed.broker, bed.topic);
      const [before, after] = [bed.messages(10), bed.messages(10)];
      await bed.publish(...before);
      await leaving.exactly(before);
      await bed.within(subscription.close(), "The subscription did not close in time.");
      await bed.publish(...after);
      await staying.exactly([...before, ...after]);
      await leaving.exactly(before);
    },
  },
  {
    title: "closes a subscription only when what it is handling is done",
    body: async (bed) => {
      const started = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      let done = false;
      const subscription = await bed.received().subscribe(bed.broker, bed.topic, async () => {
        started.resolve();
        await finish.promise;
        done = true;
      });
      await bed.publish(bed.message());
      await bed.within(started.promise, "The message did not come in time.");
      let early = false;
      const closed = subscription.close().then(() => {
        early = !done;
      });
      await new Promise((resolve) => setTimeout(resolve));
      finish.resolve();
      await bed.within(closed, "The subscription did not close in time.");
      expect(!early, "It closed while a message was being handled.");
    },
  },
  {
    title: "loses nothing that it took when it is closed while publishing, and refuses the rest",
    body: async (bed) => {
      const observer = bed.received();
      await observer.subscribe(await bed.observer(), bed.topic);
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
      await observer.exactly(taken);
    },
  },
  {
    title: "refuses to publish and to subscribe once it is closed",
    body: async (bed) => {
      await bed.broker.close();
      const otherwise = "It took a message after close().";
      const refusal = await expectRejection(bed.publish(bed.message()), otherwise);
      expect(isClosedError(refusal), `It refused with another error: ${refusal}`);
      const late = bed.received().subscribe(bed.broker, bed.topic);
      const second = await expectRejection(late, "It took a subscriber after close().");
      expect(isClosedError(second), `It refused with another error: ${second}`);
    },
  },
  {
    title: "closes once, however often and by however many it is told to",
    body: async (bed) => {
      await bed.received().subscribe(bed.broker, bed.topic);
      await bed.publish(...bed.messages(10));
      const closes = Array.from({ length: 10 }, () => bed.broker.close());
      await bed.within(Promise.all(closes), "close() did not settle in time.");
      await bed.within(bed.broker.close(), "A later close() did not settle in time.");
    },
  },
];
