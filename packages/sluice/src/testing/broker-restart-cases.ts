import type { Message } from "../brokers/message.js";
import type { BrokerCase } from "./broker-case.js";
import { groups, restart } from "./broker-needs.js";
import type { BrokerTestBed } from "./broker-test-bed.js";

/** Tries again and again, as a relay does, until the broker can be reached. */
async function untilTaken<T>(bed: BrokerTestBed, body: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + bed.timeoutMs; ; ) {
    try {
      return await body();
    } catch (error) {
      if (performance.now() > until) throw error;
      await bed.pause(bed.pauseMs / 4);
    }
  }
}

async function publishThroughRestart(bed: BrokerTestBed, messages: readonly Message[]): Promise<void> {
  let isDown = true;
  const publish = async () => {
    let sent = 0;
    while (sent < messages.length) {
      // The last tenth only after the server is back.
      if (isDown && sent >= messages.length * 0.9) {
        await bed.pause(bed.pauseMs / 4);
        continue;
      }
      const next = messages.slice(sent, sent + 5);
      await untilTaken(bed, () => bed.publish(...next));
      sent += 5;
    }
  };
  const back = bed.restart?.().finally(() => {
    isDown = false;
  });
  await Promise.all([back, publish()]);
}

/** The server is killed and comes back. */
export const restartCases: readonly BrokerCase[] = [
  {
    title: "loses nothing while the server is killed and starts again",
    needs: [restart, groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const { received } = await bed.subscribe({ group });
      const before = bed.keyed(20, 4);
      await bed.publish(...before);
      await received.exactly(before);
      const messages = bed.keyed(200, 16);
      await publishThroughRestart(bed, messages);
      await received.exactly([...before, ...messages]);
    },
  },
  {
    title: "keeps what nobody has handled when the server is killed",
    needs: [restart, groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const first = await bed.subscribe({ group });
      await bed.end(first.subscription);
      const messages = bed.keyed(100, 16);
      await bed.publish(...messages);
      await bed.restart?.();
      const { received } = await untilTaken(bed, () => bed.subscribe({ group }));
      await received.exactly(messages);
    },
  },
];
