import { bootstrapStreaming } from "sluice";
import { bindFourEvents, CountWithEvents, CountWithEventsHandler } from "../core/four-events.js";
import type { Row } from "../work.js";
import { heapUsed } from "./heap-used.js";

const items = 1_000_000;

/** How far the heap grows, at its most, while one stream gives a million items with four events each. */
export async function measureStreamedItems(): Promise<Row> {
  const mediator = bootstrapStreaming({
    commandsMapper: (map) => map.bind(CountWithEvents, CountWithEventsHandler),
    domainEventsMapper: bindFourEvents,
  });
  let start = 0;
  let growth = 0;
  for await (const { n } of mediator.stream(new CountWithEvents(items))) {
    if (n === 0) start = heapUsed();
    else if (n % 100_000 === 0) growth = Math.max(growth, heapUsed() - start);
  }
  return {
    work: "1,000,000 streamed items, four events each",
    measured: "heap growth",
    took: "",
    against: "",
    otherTook: "",
    value: growth / 1e6,
    unit: "MB",
    goal: { bound: "below", value: 5 },
  };
}
