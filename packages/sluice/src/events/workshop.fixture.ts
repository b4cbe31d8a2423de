import fc from "fast-check";
import type { ContextMediator } from "../handlers/context-mediator.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  finished,
  Gates,
  Gauge,
  quiet,
  RecordingLogger,
} from "../mediator/flow.fixture.js";
import type { Mediator } from "../mediator/mediator.js";
import { DomainEvent } from "../messages/domain-event.js";

// What a handler does while it runs: it emits follow-ups, fails, and sends things on the same mediator.

export interface Sending {
  readonly how: "send" | "stream" | "publish";
  readonly via: "context" | "outer";
  readonly wait: "each" | "all" | "none";
  readonly events: readonly Work[];
}

export interface Work {
  readonly hops: number;
  readonly followUps: readonly Work[];
  readonly sends: readonly Sending[];
  readonly fails: boolean;
  /** Events of one key are handled one after another, where the workshop is told to keep them in order. */
  readonly key?: string | undefined;
}

class Probe extends DomainEvent {}

/** A handler at work, as the count of what is outstanding below it. */
interface Worker {
  readonly key: string | undefined;
  running: boolean;
  outstanding: number;
}

class Busy extends DomainEvent {
  constructor(
    readonly work: Work,
    /** The handlers below which it was emitted, however far. */
    readonly above: readonly Worker[],
  ) {
    super();
  }
}

export const quick: Work = { hops: 1, followUps: [], sends: [], fails: false };

/** Runs work, and counts the handlers that wait for nothing that was sent below them. */
export class Workshop {
  readonly active = new Gauge();
  readonly mediator: Mediator;
  readonly #loose: Promise<unknown>[] = [];
  readonly #probes = new Gates();
  readonly #byKey = new Map<string | undefined, Gauge>();
  /** Where lineage is known through context.mediator only, nothing is sent through any other. */
  readonly #viaContext: boolean;
  handled = 0;

  constructor({ keepsOrder, ...options }: BootstrapOptions & { readonly keepsOrder?: boolean }) {
    this.#viaContext = options.reentrancy === "context";
    const ordering = keepsOrder ? { orderBy: ({ work }: Busy) => work.key } : {};
    this.mediator = bootstrap({
      logger: new RecordingLogger(),
      onEventError: "report",
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map
          .bind(Busy, (event, context) => this.#handle(event, context), ordering)
          .bind(Probe, () => this.#probes.pass(`${this.#probes.arrived.length}`)),
      ...options,
    });
  }

  async #handle({ work, above }: Busy, context: HandlerContext): Promise<void> {
    const { hops, sends, followUps, fails } = work;
    const self: Worker = { key: work.key, running: true, outstanding: 0 };
    this.handled++;
    this.#count(self, 1);
    try {
      for (let i = 0; i < hops; i++) await null;
      const all: Promise<unknown>[] = [];
      for (const sending of sends) {
        const through = this.#viaContext || sending.via === "context" ? context.mediator : this.mediator;
        const sent = this.dispatch(through, sending, [...above, self]);
        if (sending.wait === "each") await sent;
        else if (sending.wait === "all") all.push(sent);
        else this.#loose.push(sent);
      }
      await Promise.all(all);
      for (const followUp of followUps) context.emit(new Busy(followUp, above));
      if (fails) throw new Error("on purpose");
    } finally {
      if (self.outstanding === 0) this.#count(self, -1);
      self.running = false;
    }
  }

  #count({ key }: Worker, change: 1 | -1): void {
    const ofKey = this.#byKey.get(key) ?? new Gauge();
    this.#byKey.set(key, ofKey);
    for (const gauge of [this.active, ofKey]) change > 0 ? gauge.enter() : gauge.leave();
  }

  /** How many handlers of one key ran at the same moment. */
  get peakOfKeys(): number {
    return Math.max(0, ...[...this.#byKey].map(([key, { peak }]) => (key === undefined ? 0 : peak)));
  }

  async dispatch(
    mediator: ContextMediator,
    { how, events }: Pick<Sending, "how" | "events">,
    above: readonly Worker[] = [],
  ): Promise<void> {
    for (const worker of above) if (worker.outstanding++ === 0 && worker.running) this.#count(worker, -1);
    const busy = events.map((work) => new Busy(work, above));
    if (how === "publish") await Promise.all(busy.map((event) => mediator.publish(event)));
    else if (how === "send") await mediator.send(new Do(({ emit }) => busy.forEach(emit)));
    else {
      const flow = new Flow(async function* ({ emit }) {
        for (const event of busy) {
          emit(event);
          yield event;
        }
      });
      await collect(mediator.stream(flow));
    }
    for (const worker of above) if (--worker.outstanding === 0 && worker.running) this.#count(worker, 1);
  }

  /** Waits for all that was sent, and for what was sent without waiting for it. */
  async finish(sent: Promise<unknown>): Promise<void> {
    await finished(sent);
    for (const loose of this.#loose) await finished(loose);
  }

  /** How many handlers run at once when there is plenty to do: the limit, unless slots were lost or made up. */
  async capacity(): Promise<number> {
    const sent = Promise.all(Array.from({ length: 12 }, () => this.mediator.publish(new Probe())));
    await quiet();
    const { length } = this.#probes.waiting;
    await this.#probes.openAll();
    await sent;
    return length;
  }
}

/** How many events are handled; those that a handler emitted before it failed are not. */
export function countWork(work: readonly Work[]): number {
  return work.reduce((sum, { followUps, sends, fails }) => {
    const sent = sends.reduce((inner, { events }) => inner + countWork(events), 0);
    return sum + 1 + sent + (fails ? 0 : countWork(followUps));
  }, 0);
}

/** Whether anything in it is sent in a way that the test names. */
export function sendsSomehow(work: readonly Work[], is: (sending: Sending) => boolean): boolean {
  return work.some(({ followUps, sends }) => {
    return sendsSomehow(followUps, is) || sends.some((sent) => is(sent) || sendsSomehow(sent.events, is));
  });
}

export const limits = [1, 2, 3];
export const vias = ["context", "outer"] as const;
export const hows = ["send", "stream", "publish"] as const;

/** Any work, some levels deep; its events have one of the keys. */
const anyWork = fc.memo((levels): fc.Arbitrary<Work> => {
  const below = (maxLength: number) =>
    levels > 1 ? fc.array(anyWork(levels - 1), { maxLength }) : fc.constant<Work[]>([]);
  const sending = fc.record<Sending>({
    how: fc.constantFrom(...hows),
    via: fc.constantFrom(...vias),
    wait: fc.constantFrom("each", "all", "none"),
    events: below(3),
  });
  return fc.record({
    hops: fc.nat({ max: 6 }),
    followUps: below(2),
    sends: levels > 1 ? fc.array(sending, { maxLength: 2 }) : fc.constant<Sending[]>([]),
    fails: fc.boolean(),
    key: fc.constantFrom("a", "b", undefined),
  });
});

/** What is dispatched beside each other: a list of events each. */
export const anyDispatches = fc.array(fc.array(anyWork(4), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 3,
});

/** Dispatches it all, one way after another, and waits for the end. */
export async function runAll(workshop: Workshop, dispatches: readonly (readonly Work[])[]): Promise<void> {
  const sent = dispatches.map((events, index) =>
    workshop.dispatch(workshop.mediator, { how: hows[index % 3] ?? "send", events }),
  );
  await workshop.finish(Promise.all(sent));
}
