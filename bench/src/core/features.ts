import { asClass, createContainer } from "awilix";
import {
  type BootstrapOptions,
  bootstrapStreaming,
  type Container,
  type Middleware,
  type Request,
  type StreamOptions,
} from "sluice";
import { awilixContainer } from "sluice/containers/awilix";
import type { Side, Work } from "../work.js";
import { Count, CountHandler, type Item } from "./count.js";
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

const steps = 1000;

const passThrough: Middleware = { stream: (_request, next) => next() };

const perItem: Middleware = {
  async *stream(_request, next) {
    for await (const item of next()) yield item;
  },
};

/** Opens no scopes, so that `scope` is "none". */
const passive = ({ resolve }: Container): Container => ({ resolve });

/** What each feature adds to a stream without events. */
export async function makeFeatures(): Promise<Work> {
  const container = awilixContainer(createContainer().register({ countHandler: asClass(CountHandler) }));
  return compare("stream, 1,000 items, no events", () => new Count(steps), container, {
    commandsMapper: (map) => map.bind(Count, CountHandler),
  });
}

/** What each feature adds to a stream with four events for each item. */
export async function makeFeaturesEvents(): Promise<Work> {
  const registered = createContainer().register({
    countWithEventsHandler: asClass(CountWithEventsHandler),
    index: asClass(Index),
    compare: asClass(Compare),
    tally: asClass(Tally),
    audit: asClass(Audit),
  });
  const work = compare(
    "stream, 1,000 items, four events each",
    () => new CountWithEvents(steps),
    awilixContainer(registered),
    {
      commandsMapper: (map) => map.bind(CountWithEvents, CountWithEventsHandler),
      domainEventsMapper: bindFourEvents,
    },
  );
  const inScope = async <Event>(handler: string, event: Event) => {
    const scope = registered.createScope();
    await scope.resolve<{ handle(event: Event): Promise<void> }>(handler).handle(event);
    await scope.dispose();
  };
  async function* byHand() {
    for (let n = 0; n < steps; n++) {
      await Promise.all([
        inScope("index", new Indexed(n)),
        inScope("compare", new Compared(n)),
        inScope("tally", new Counted(n)),
        inScope("audit", new Audited(n)),
      ]);
      yield { n };
    }
  }
  const awilixByHand: Side = async () => {
    let sum = 0;
    for await (const item of byHand()) sum += item.n;
    return sum + takeSeen();
  };
  return {
    ...work,
    sides: { ...work.sides, "awilix by hand": awilixByHand },
    comparisons: [...work.comparisons, { side: "awilix", against: "awilix by hand" }],
  };
}

function compare(
  name: string,
  make: () => Request<Item>,
  container: Container,
  options: BootstrapOptions,
): Work {
  const drain = (more: BootstrapOptions, streamOptions?: () => StreamOptions): Side => {
    const mediator = bootstrapStreaming({ ...options, ...more });
    return async () => {
      let sum = 0;
      for await (const item of mediator.stream(make(), streamOptions?.())) sum += item.n;
      return sum + takeSeen();
    };
  };
  const plain = bootstrapStreaming(options);
  const perItemByHand: Side = async () => {
    let sum = 0;
    for await (const item of wrap(plain.stream(make()))) sum += item.n;
    return sum + takeSeen();
  };
  const features: Record<string, Side> = {
    awilix: drain({ container }),
    "awilix, no scopes": drain({ container: passive(container) }),
    "pass-through middleware": drain({ middlewares: [passThrough] }),
    "per-item middleware": drain({ middlewares: [perItem] }),
    "outside signal": drain({}, () => ({ signal: new AbortController().signal })),
  };
  return {
    name,
    steps,
    sides: { without: drain({}), ...features, "the same generator by hand": perItemByHand },
    comparisons: [
      ...Object.keys(features).map((side) => ({ side, against: "without", goal: 1.5 })),
      { side: "per-item middleware", against: "the same generator by hand" },
    ],
  };
}

async function* wrap(stream: AsyncIterable<Item>) {
  for await (const item of stream) yield item;
}
