import fastq from "fastq";
import pLimit from "p-limit";
import pMap from "p-map";
import PQueue from "p-queue";
import {
  bootstrap,
  Command,
  DomainEvent,
  EventHandler,
  type EventMap,
  RequestHandler,
  type RequestMap,
} from "sluice";
import type { Side, Work } from "../work.js";

class Import extends Command<number> {
  constructor(readonly rows: number) {
    super();
  }
}

class Imported extends DomainEvent {
  constructor(readonly n: number) {
    super();
  }
}

let seen = 0;

class Store extends EventHandler<Imported> {
  async handle(event: Imported) {
    await undefined;
    seen += event.n;
  }
}

class ImportHandler extends RequestHandler<Import> {
  async handle(command: Import) {
    for (let n = 0; n < command.rows; n++) this.emit(new Imported(n));
    return command.rows;
  }
}

const steps = 1000;
const limit = 10;
const store = new Store();
const handle = (event: Imported) => store.handle(event);

async function byHand(events: readonly Imported[]): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < events.length) await handle(events[next++] as Imported);
  };
  await Promise.all(Array.from({ length: limit }, work));
}

/** Makes the events and hands them on, as the command does. */
function over(handleAll: (events: Imported[]) => Promise<unknown>): Side {
  return async () => {
    seen = 0;
    const events: Imported[] = [];
    for (let n = 0; n < steps; n++) events.push(new Imported(n));
    await handleAll(events);
    return seen;
  };
}

export async function makeManyEvents(): Promise<Work> {
  const options = {
    commandsMapper: (map: RequestMap) => map.bind(Import, ImportHandler),
    domainEventsMapper: (map: EventMap) => map.bind(Imported, Store),
    maxConcurrentEventHandlers: limit,
  };
  const auto = bootstrap(options);
  const byContext = bootstrap({ ...options, reentrancy: "context" });
  const limited = pLimit(limit);
  const queue = new PQueue({ concurrency: limit });
  const fast = fastq.promise(handle, limit);
  return {
    name: "1,000 events, limit 10, handlers that await once",
    steps,
    sides: {
      "ten workers by hand": over(byHand),
      sluice: async () => {
        seen = 0;
        await auto.send(new Import(steps));
        return seen;
      },
      'sluice, reentrancy "context"': async () => {
        seen = 0;
        await byContext.send(new Import(steps));
        return seen;
      },
      "p-map": over((events) => pMap(events, handle, { concurrency: limit })),
      fastq: over((events) => Promise.all(events.map((event) => fast.push(event)))),
      "p-limit": over((events) => Promise.all(events.map((event) => limited(handle, event)))),
      "p-queue": over((events) => Promise.all(events.map((event) => queue.add(() => handle(event))))),
    },
    comparisons: [
      { side: "sluice", against: "ten workers by hand", goal: 2 },
      { side: 'sluice, reentrancy "context"', against: "ten workers by hand", goal: 2 },
      { side: "p-map", against: "ten workers by hand" },
      { side: "fastq", against: "ten workers by hand" },
      { side: "p-limit", against: "ten workers by hand" },
      { side: "p-queue", against: "ten workers by hand" },
    ],
  };
}
