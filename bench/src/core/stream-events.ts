import { bootstrapStreaming, type RequestMap } from "sluice";
import type { Work } from "../work.js";
import {
  Audit,
  Audited,
  bindFourEvents,
  Compare,
  Compared,
  Counted,
  CountWithEvents,
  CountWithEventsHandler,
  Index,
  Indexed,
  Tally,
  takeSeen,
} from "./four-events.js";

const index = new Index();
const compare = new Compare();
const tally = new Tally();
const audit = new Audit();

async function* byHand(command: CountWithEvents) {
  for (let n = 0; n < command.items; n++) {
    await Promise.all([
      index.handle(new Indexed(n)),
      compare.handle(new Compared(n)),
      tally.handle(new Counted(n)),
      audit.handle(new Audited(n)),
    ]);
    yield { n };
  }
}

const steps = 1000;

export async function makeStreamEvents(): Promise<Work> {
  const commandsMapper = (map: RequestMap) => map.bind(CountWithEvents, CountWithEventsHandler);
  const options = { commandsMapper, domainEventsMapper: bindFourEvents };
  const auto = bootstrapStreaming(options);
  const byContext = bootstrapStreaming({ ...options, reentrancy: "context" });
  return {
    name: "stream, 1,000 items, four events each",
    steps,
    sides: {
      "Promise.all by hand": async () => {
        let sum = 0;
        for await (const item of byHand(new CountWithEvents(steps))) sum += item.n;
        return sum + takeSeen();
      },
      sluice: async () => {
        let sum = 0;
        for await (const item of auto.stream(new CountWithEvents(steps))) sum += item.n;
        return sum + takeSeen();
      },
      'sluice, reentrancy "context"': async () => {
        let sum = 0;
        for await (const item of byContext.stream(new CountWithEvents(steps))) sum += item.n;
        return sum + takeSeen();
      },
    },
    comparisons: [
      { side: "sluice", against: "Promise.all by hand", goal: 1.8 },
      { side: 'sluice, reentrancy "context"', against: "Promise.all by hand", goal: 1.4 },
    ],
  };
}
