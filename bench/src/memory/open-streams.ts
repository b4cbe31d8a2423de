import { bootstrapStreaming, Command, DomainEvent } from "sluice";
import type { Row } from "../work.js";
import { heapUsed } from "./heap-used.js";

const streams = 10_000;
const never = new Promise<void>(() => {});

class Opened extends DomainEvent {}

class Watch extends Command<number> {}

class WatchWithEvents extends Command<number> {}

async function* watch() {
  yield 1;
  await never;
}

/** What an open stream holds beyond its generator, when it has given one item and its consumer waits for the next. */
export async function measureOpenStreams(): Promise<Row[]> {
  const mediator = bootstrapStreaming({
    commandsMapper: (map) =>
      map.bind(Watch, watch).bind(WatchWithEvents, (_command, { emit }) => {
        emit(new Opened());
        return watch();
      }),
    domainEventsMapper: (map) => map.bind(Opened, async () => {}),
  });
  const open = {
    "their generators": () => watch(),
    sluice: () => mediator.stream(new Watch()),
    "sluice, after an event": () => mediator.stream(new WatchWithEvents()),
    "sluice, outside signal": () => mediator.stream(new Watch(), { signal: new AbortController().signal }),
  };
  const bytes: Record<string, number> = {};
  for (const [name, start] of Object.entries(open)) {
    await holdOpen(start, 100);
    bytes[name] = await holdOpen(start, streams);
  }
  const against = "their generators";
  return ["sluice", "sluice, after an event", "sluice, outside signal"].map((measured) => ({
    work: "10,000 open streams, each waiting",
    measured,
    took: `${bytes[measured]?.toFixed(0)} B each`,
    against,
    otherTook: `${bytes[against]?.toFixed(0)} B each`,
    value: (bytes[measured] ?? Number.NaN) - (bytes[against] ?? Number.NaN),
    unit: "B",
    goal: { bound: "at most", value: 2000 },
  }));
}

const kept: unknown[] = [];

/** Opens that many streams and keeps them open for good; gives the bytes that each holds. */
async function holdOpen(start: () => AsyncIterator<number>, count: number): Promise<number> {
  const held: unknown[] = new Array(2 * count);
  kept.push(held);
  const before = heapUsed();
  for (let i = 0; i < count; i++) {
    const stream = start();
    await stream.next();
    held[2 * i] = stream;
    held[2 * i + 1] = stream.next();
  }
  await new Promise((resolve) => setImmediate(resolve));
  return (heapUsed() - before) / count;
}
