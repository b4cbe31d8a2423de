import fc from "fast-check";
import type { Message } from "../brokers/message.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import {
  BrokerUnavailableError,
  MessageRefusedError,
  PublishFailedError,
} from "../brokers/publish-errors.js";
import { keyHash } from "../queue/key-hash.js";
import type { QueueRow } from "../queue/queue-row.js";

/** What a broker does with a message: it takes it, fails on it each time, or refuses it for good. */
export type Fate = "taken" | "fails" | "refused";

/** What a broker does with a batch that has a message in it which it does not take. */
type Style = "takes nothing of it" | "takes what is before it" | "takes all others, and names it";

/** How a topic is down: `undefined`, it is not. */
export type Outage = "says so" | "says nothing" | "names every message" | undefined;

export interface Plan {
  readonly style: Style;
  /** By topic. */
  readonly outages: readonly Outage[];
  readonly rows: readonly { readonly topic: number; readonly key: number; readonly fate: Fate }[];
}

const fates: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 8, arbitrary: fc.constant("taken" as const) },
  { weight: 2, arbitrary: fc.constant("fails" as const) },
  { weight: 1, arbitrary: fc.constant("refused" as const) },
);

/** Any pattern of rows over a few topics and keys. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  style: fc.constantFrom("takes nothing of it", "takes what is before it", "takes all others, and names it"),
  outages: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom("says so", "says nothing", "names every message") },
    ),
    { minLength: 3, maxLength: 3 },
  ),
  rows: fc.array(fc.record({ topic: fc.nat(2), key: fc.nat(4), fate: fates }), {
    minLength: 1,
    maxLength: 40,
  }),
});

export function rowOf(id: number, topic: string, key: string, attempts = 0): QueueRow {
  return {
    id,
    bucket: 0,
    keyHash: keyHash(topic, key),
    messageId: `m-${id}`,
    name: "happened",
    topic,
    key,
    timestamp: 0,
    contentType: "application/json",
    headers: "{}",
    body: new Uint8Array(),
    attempts,
  };
}

export function rowsOf({ rows }: Plan): QueueRow[] {
  return rows.map(({ topic, key }, at) => rowOf(at + 1, `topic ${topic}`, `key ${key}`));
}

export function isDown(plan: Pick<Plan, "outages">, { topic }: Pick<QueueRow, "topic">): boolean {
  return outageOf(plan, topic) !== undefined;
}

export function outageOf({ outages }: Pick<Plan, "outages">, topic: string | undefined): Outage {
  return outages[Number(topic?.slice("topic ".length))];
}

/** A broker as a plan has it; it answers when `turn` says so. */
export class PlannedBroker implements MessageBroker {
  /** The ids of messages, in the order in which they arrived; some more than once. */
  readonly arrived: string[] = [];
  /** The ids of the messages of each call. */
  readonly calls: string[][] = [];
  readonly #plan: Pick<Plan, "style" | "outages">;
  readonly #fates: ReadonlyMap<string, Fate>;
  readonly #turn: () => Promise<unknown>;

  constructor(plan: Plan, turn: () => Promise<unknown> = async () => {}) {
    this.#plan = plan;
    this.#fates = new Map(plan.rows.map(({ fate }, at) => [`m-${at + 1}`, fate]));
    this.#turn = turn;
  }

  fateOf(id: string): Fate {
    return this.#fates.get(id) ?? "taken";
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const ids = messages.map(({ id }) => id);
    this.calls.push(ids);
    await this.#turn();
    const outage = outageOf(this.#plan, messages[0]?.topic);
    if (outage === "says so") throw new BrokerUnavailableError("no route");
    if (outage === "says nothing") throw new Error("ECONNREFUSED");
    if (outage !== undefined) throw new PublishFailedError(new Map(ids.map((id) => [id, new Error("down")])));
    const at = ids.findIndex((id) => this.fateOf(id) !== "taken");
    if (at < 0) {
      this.arrived.push(...ids);
      return;
    }
    const { style } = this.#plan;
    if (style === "takes all others, and names it") throw this.#takeOthers(messages);
    if (style === "takes what is before it") this.arrived.push(...ids.slice(0, at));
    throw this.#errorOf(ids[at] as string);
  }

  async close(): Promise<void> {}

  #errorOf(id: string): Error {
    return this.fateOf(id) === "refused"
      ? new MessageRefusedError(id, "it is too large")
      : new Error(`It does not like ${id}.`);
  }

  /** As the contract says: what is behind one of its key was not sent, and is named too. */
  #takeOthers(messages: readonly Message[]): PublishFailedError {
    const failures = new Map<string, Error>();
    const keys = new Set<string | undefined>();
    for (const { id, key } of messages) {
      if (keys.has(key)) failures.set(id, new Error("One of its key failed."));
      else if (this.fateOf(id) === "taken") this.arrived.push(id);
      else {
        keys.add(key);
        failures.set(id, this.#errorOf(id));
      }
    }
    return new PublishFailedError(failures);
  }
}
