import type { Actor, EventPlan, Nested, Plan, Step, WorkPlan } from "./schedule-plan.fixture.js";

const pause: Step = { do: "pause" };
const next: Step = { do: "yield" };
const sent: Nested = { via: "context", awaited: true, caught: false, cut: false };

/** An event with one to three handlers, by what each of them does. */
const event = (key: number, ...handlers: readonly (readonly Step[])[]): EventPlan => ({
  kind: handlers.length as 1 | 2 | 3,
  key,
  handlers: handlers.map((steps) => ({ steps, honours: false })),
});
const emit = (key: number, ...handlers: readonly (readonly Step[])[]): Step => ({
  do: "emit",
  event: event(key, ...handlers),
});
/** An event whose handler looks at its signal. */
const attentive: Step = {
  do: "emit",
  event: { kind: 1, key: 0, handlers: [{ steps: [pause], honours: true }] },
};
const work = (...body: readonly Step[]): WorkPlan => ({
  style: "function",
  resolves: false,
  honours: false,
  catches: false,
  body,
  finally: [],
});
const read = (given: WorkPlan, readAhead = 0, take = 0, how = sent): Step => ({
  do: "stream",
  work: given,
  readAhead,
  take,
  ...how,
});
const actor = { pauses: 0, signal: "none" } as const;
const stream = (given: WorkPlan, more: Partial<Extract<Actor, { do: "stream" }>> = {}): Actor => ({
  ...actor,
  do: "stream",
  work: given,
  readAhead: 0,
  actions: [],
  finish: "drain",
  ...more,
});
const publish = (given: EventPlan): Actor => ({ ...actor, do: "publish", event: given });

const plan = (actors: readonly Actor[], more: Partial<Plan> = {}): Plan => ({
  limit: 1,
  parallel: true,
  reentrancy: "auto",
  scope: "none",
  container: "absent",
  slowContainer: false,
  onEventError: "throw",
  observed: true,
  middleware: "none",
  ordered: [false, false, false],
  throws: true,
  impatient: false,
  closesAfter: undefined,
  bursts: [0],
  ...more,
  actors,
});

const call = (awaited: boolean) => ({ pauses: 0, call: "next", awaited }) as const;

/** Plans that went wrong once, by what was wrong. */
export const examples: Record<string, Plan> = {
  "a call was answered before the one made earlier": plan([
    stream(work(next), { actions: [call(true), call(false)] }),
  ]),
  "return() settled before the scope of a handler that had run ahead to its end was closed": plan(
    [publish(event(0, [read({ ...work(next, next), resolves: true }, 1, 2)]))],
    { scope: "handler", container: "transient", slowContainer: true },
  ),
  "the last events of a stream that reads ahead did not wait for earlier ones": plan(
    [stream(work(emit(0, [pause]), next, next, emit(0, [])), { readAhead: 2 })],
    { limit: 2, parallel: false },
  ),
  "events of items read ahead went on after return()": plan(
    [
      stream(
        work(
          emit(0, [emit(0, [emit(0, [], [pause], [pause, pause])])], [], []),
          next,
          emit(0, []),
          next,
          emit(0, [emit(0, [], []), pause], []),
        ),
        { readAhead: 2, actions: [call(true)], finish: "leave" },
      ),
    ],
    { scope: "dispatch", container: "transient" },
  ),
  "an abort listener stayed for what a handler had not waited for": plan([
    {
      ...actor,
      do: "send",
      work: {
        ...work(pause, {
          do: "send",
          ...sent,
          work: work(read(work(pause, pause, attentive), 0, 0, { ...sent, awaited: false })),
        }),
        honours: true,
      },
    },
  ]),
  "two handlers waited for each other: one for its key, one for a slot": plan(
    [
      publish(
        event(
          0,
          [read(work(emit(0, [], [], [])))],
          [{ do: "publish", event: event(0, [], [], []), ...sent }],
          [],
        ),
      ),
    ],
    { ordered: [false, false, true] },
  ),
  "events of one key that a handler of that key had sent ran beside each other": plan(
    [publish(event(0, [{ do: "send", work: work(emit(0, [pause]), emit(0, [])), ...sent }]))],
    { limit: 2, ordered: [true, false, false] },
  ),
  "a handler that was asked twice was taken for a handler of its own events": plan([
    stream(
      work(emit(0, [pause]), next, emit(0, [pause]), {
        do: "send",
        work: work(emit(0, [])),
        ...sent,
        via: "outside",
      }),
      { actions: [call(false)] },
    ),
  ]),
  "finally waited for ever for what it had sent, when the events had failed": plan([
    publish(
      event(0, [
        read({
          ...work(emit(0, [{ do: "throw" }]), next),
          finally: [{ do: "send", work: work(emit(0, [])), ...sent, via: "outside", cut: true }],
        }),
      ]),
    ),
  ]),
};
