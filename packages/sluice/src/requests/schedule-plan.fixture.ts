import fc from "fast-check";

/** How a nested send, stream or publish is made by a handler. */
export interface Nested {
  /** Through `context.mediator`, or through a reference from outside the handler. */
  readonly via: "context" | "outside";
  /** Whether the handler awaits it. */
  readonly awaited: boolean;
  /** Whether the handler goes on when it fails. */
  readonly caught: boolean;
  /** Whether it is cut off from the sender's signal. */
  readonly cut: boolean;
}

/** One thing that a handler does. */
export type Step =
  | { readonly do: "pause" }
  | { readonly do: "throw" }
  | { readonly do: "yield" }
  | { readonly do: "emit"; readonly event: EventPlan }
  | ({ readonly do: "publish"; readonly event: EventPlan } & Nested)
  | ({ readonly do: "send"; readonly work: WorkPlan } & Nested)
  | ({
      readonly do: "stream";
      readonly work: WorkPlan;
      readonly readAhead: number;
      /** Leaves after so many items; `0` reads to the end. */
      readonly take: number;
    } & Nested);

/** An event: 0 to 3 handlers, or the broker; and what each does. */
export interface EventPlan {
  readonly kind: 0 | 1 | 2 | 3 | "notification";
  readonly key: number;
  readonly handlers: readonly EventHandlerPlan[];
}

interface EventHandlerPlan {
  readonly steps: readonly Step[];
  /** Whether its pauses end when `context.signal` aborts. */
  readonly honours: boolean;
}

/** What the handler of a request does. */
export interface WorkPlan {
  readonly style: "function" | "class" | "collecting";
  /** Whether it resolves something of its own in its scope. */
  readonly resolves: boolean;
  readonly honours: boolean;
  /** Whether it goes on when the consumer throws into it. */
  readonly catches: boolean;
  readonly body: readonly Step[];
  readonly finally: readonly Step[];
}

/** One call of a consumer. */
export interface Action {
  readonly pauses: number;
  readonly call: "next" | "return" | "throw" | "dispose" | "abort";
  /** Whether the consumer waits for its answer before the next call. */
  readonly awaited: boolean;
}

export interface Abort {
  readonly pauses: number;
  readonly name: "AbortError" | "TimeoutError";
}

interface Starts {
  readonly pauses: number;
  /** An outside signal, and when it aborts by itself, if ever. */
  readonly signal: "none" | "quiet" | Abort;
}

/** Somebody who uses the mediator from outside. */
export type Actor = Starts &
  (
    | {
        readonly do: "stream";
        readonly work: WorkPlan;
        readonly readAhead: number;
        readonly actions: readonly Action[];
        /** What follows the actions: reads to the end, or leaves at once. */
        readonly finish: "drain" | "leave";
      }
    | { readonly do: "send"; readonly work: WorkPlan }
    | { readonly do: "publish"; readonly event: EventPlan }
  );

export interface Plan {
  readonly limit: number;
  readonly parallel: boolean;
  readonly reentrancy: "auto" | "context";
  readonly scope: "none" | "handler" | "dispatch";
  /** With scope `"none"` there may be a container all the same. */
  readonly container: "transient" | "singleton" | "absent";
  /** Whether resolving and closing a scope take time. */
  readonly slowContainer: boolean;
  readonly onEventError: "throw" | "report";
  readonly observed: boolean;
  /** Middleware around everything: handing on what it was given, or a generator of its own. */
  readonly middleware: "none" | "same" | "generator";
  /** Which of the three event handlers are ordered by key. Where any is, notifications have a key, too. */
  readonly ordered: readonly boolean[];
  /** Whether `"throw"` steps throw; they pause otherwise. */
  readonly throws: boolean;
  /** Whether grace times may run out. */
  readonly impatient: boolean;
  /** After how many pauses the mediator closes; `undefined`: when all is done. */
  readonly closesAfter: number | undefined;
  readonly actors: readonly Actor[];
  /** How many things happen at the same moment, over and over. */
  readonly bursts: readonly number[];
}

const deepest = 3;
const nearlyAlways = (likely: boolean) =>
  fc.integer({ min: 0, max: 19 }).map((n) => (n < 18 ? likely : !likely));
const mostly = (likely: boolean) => fc.integer({ min: 0, max: 9 }).map((n) => (n < 8 ? likely : !likely));

const nested = fc.record({
  via: fc.constantFrom("context", "outside"),
  awaited: nearlyAlways(true),
  caught: mostly(false),
  cut: mostly(false),
} as const) as fc.Arbitrary<Nested>;

const pause: fc.Arbitrary<Step> = fc.constant({ do: "pause" });
const fail: fc.Arbitrary<Step> = fc.constant({ do: "throw" });
const yields: fc.Arbitrary<Step> = fc.constant({ do: "yield" });

/** Everything that can be nested, made once for each depth. */
const layers: {
  readonly event: fc.Arbitrary<EventPlan>;
  readonly streamed: fc.Arbitrary<WorkPlan>;
  readonly sent: fc.Arbitrary<WorkPlan>;
}[] = [];

function stepsOf(
  depth: number,
  maxLength: number,
  more: fc.MaybeWeightedArbitrary<Step>[],
): fc.Arbitrary<Step[]> {
  const below = layers[depth - 1];
  const choices: fc.MaybeWeightedArbitrary<Step>[] = [
    { weight: 6, arbitrary: pause },
    { weight: 1, arbitrary: fail },
    ...more,
  ];
  if (below !== undefined) {
    const { event, streamed, sent } = below;
    choices.push(
      { weight: 8, arbitrary: fc.record({ do: fc.constant("emit" as const), event }) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(nested, event)
          .map(([how, given]) => ({ do: "publish" as const, event: given, ...how })),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(nested, sent).map(([how, work]) => ({ do: "send" as const, work, ...how })),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(nested, streamed, fc.nat(2), fc.nat(2))
          .map(([how, work, readAhead, take]) => ({ do: "stream" as const, work, readAhead, take, ...how })),
      },
    );
  }
  return fc.array(fc.oneof(...choices), { maxLength, size: "max" });
}

function workOf(body: fc.Arbitrary<Step[]>, end: fc.Arbitrary<Step[]>): fc.Arbitrary<WorkPlan> {
  return fc.record({
    style: fc.constantFrom("function", "class", "collecting"),
    resolves: fc.boolean(),
    honours: fc.boolean(),
    catches: fc.boolean(),
    body,
    finally: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: end }),
  });
}

const keys = fc.nat(1);

function eventOf(steps: fc.Arbitrary<Step[]>): fc.Arbitrary<EventPlan> {
  const handler = fc.record({ steps, honours: fc.boolean() });
  const brokerSteps = fc.array(fc.oneof({ weight: 4, arbitrary: pause }, { weight: 1, arbitrary: fail }), {
    maxLength: 2,
  });
  const bound = (kind: 1 | 2 | 3) =>
    fc.record({
      kind: fc.constant(kind),
      key: keys,
      handlers: fc.array(handler, { minLength: kind, maxLength: kind }),
    });
  return fc.oneof(
    { weight: 4, arbitrary: bound(1) },
    { weight: 2, arbitrary: bound(2) },
    { weight: 2, arbitrary: bound(3) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant(0 as const), key: keys, handlers: fc.constant([]) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("notification" as const),
        key: keys,
        handlers: fc.tuple(fc.record({ steps: brokerSteps, honours: fc.constant(false) })),
      }),
    },
  );
}

for (let depth = 0; depth <= deepest; depth++) {
  const isTop = depth === deepest;
  const yielding = [{ weight: isTop ? 12 : 5, arbitrary: yields }];
  const rarelyYielding = [{ weight: 1, arbitrary: yields }];
  layers.push({
    event: eventOf(stepsOf(depth, 2, [])),
    streamed: workOf(stepsOf(depth, isTop ? 14 : 4, yielding), stepsOf(depth, 2, rarelyYielding)),
    sent: workOf(stepsOf(depth, isTop ? 8 : 3, []), stepsOf(depth, 2, [])),
  });
}

const { event, streamed, sent } = layers[deepest] as (typeof layers)[number];

const abort = fc.record({ pauses: fc.nat(12), name: fc.constantFrom("AbortError", "TimeoutError") } as const);
const starts = fc.record({
  pauses: fc.nat(2),
  signal: fc.oneof(
    { weight: 4, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constant("quiet" as const) },
    { weight: 1, arbitrary: abort as fc.Arbitrary<Abort> },
  ),
});

const action: fc.Arbitrary<Action> = fc.record({
  pauses: fc.nat(2),
  call: fc.oneof(
    { weight: 12, arbitrary: fc.constant("next" as const) },
    { weight: 1, arbitrary: fc.constantFrom("return", "throw", "dispose", "abort") },
  ) as fc.Arbitrary<Action["call"]>,
  awaited: mostly(true),
});

const actor: fc.Arbitrary<Actor> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(starts, streamed, fc.nat(3), fc.array(action, { maxLength: 6 }), mostly(true))
      .map(([start, work, readAhead, actions, drains]) => ({
        do: "stream" as const,
        ...start,
        work,
        readAhead,
        actions,
        finish: drains ? ("drain" as const) : ("leave" as const),
      })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(starts, sent).map(([start, work]) => ({ do: "send" as const, ...start, work })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(starts, event)
      .map(([start, given]) => ({ do: "publish" as const, ...start, event: given })),
  },
);

/** What one schedule does: who uses one mediator, how the handlers behave, and what the consumers do meanwhile. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  limit: fc.integer({ min: 1, max: 4 }),
  parallel: mostly(true),
  reentrancy: fc.constantFrom("auto", "context"),
  scope: fc.constantFrom("none", "handler", "dispatch"),
  container: fc.constantFrom("transient", "singleton", "absent"),
  slowContainer: fc.boolean(),
  onEventError: fc.constantFrom("throw", "report"),
  observed: fc.boolean(),
  middleware: fc.oneof(
    { weight: 3, arbitrary: fc.constant("none" as const) },
    { weight: 1, arbitrary: fc.constantFrom("same", "generator") },
  ) as fc.Arbitrary<Plan["middleware"]>,
  ordered: fc.oneof(
    { weight: 1, arbitrary: fc.constant([false, false, false]) },
    { weight: 1, arbitrary: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()) },
  ),
  throws: fc.boolean(),
  impatient: mostly(false),
  closesAfter: fc.option(fc.nat(20), { nil: undefined, freq: 6 }),
  actors: fc.array(actor, { minLength: 1, maxLength: 5 }),
  bursts: fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }),
});
