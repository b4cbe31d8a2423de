import type { Installed } from "@sluice-internal/services";
import type { MessageBroker } from "sluice";
import { rateRow } from "../../outbox/rate-row.js";
import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { batchSize, keys } from "../messages.js";
import { inFlight, type Rates, ratesOf } from "./rates.js";
import { sluiceOn } from "./sluice.js";

/** How many messages a run has. */
export interface Counts {
  readonly publish: number;
  readonly consume: number;
}

/** What a peer is measured at. */
export interface Compared {
  readonly theirs: Rates;
  /** How many messages it is given in a run, where it takes long: fewer than ours. */
  readonly fewer?: Partial<Counts>;
  /** How many times as quick we are to be at publishing; nothing where what it promises is less. */
  readonly publishGoal?: number;
  readonly consumeGoal?: number;
  /** Whether one call may take several messages. */
  readonly inBatches?: boolean;
  /** What each of its runs is a new process of, which no run before makes quicker. */
  readonly program?: Installed;
}

const rounds = 3;

export async function* besidePeer(
  transport: string,
  broker: MessageBroker,
  counts: Counts,
  { theirs, fewer = {}, publishGoal, consumeGoal, inBatches = false, program }: Compared,
): AsyncGenerator<Row> {
  const byBroker = ratesOf(sluiceOn(broker, "broker"));
  const byMediator = ratesOf(sluiceOn(broker, "mediator"));
  /** The first run of each side does not count: its code is not compiled yet. */
  const measure = async <Name extends string>(sides: Readonly<Record<Name, () => Promise<number>>>) => {
    if (program === undefined) await inTurn(1, sides);
    return inTurn(rounds, sides);
  };
  const row = (
    kind: keyof Counts,
    work: string,
    [measured, rates]: readonly [string, readonly number[]],
    otherRates: readonly number[],
    goal?: number,
  ) => {
    const less = fewer[kind] === undefined ? "" : ` (theirs ${fewer[kind]})`;
    return rateRow(
      `${transport}, ${counts[kind]} messages${less}, ${keys} keys, ${work}`,
      { measured, rates, against: theirs.name, otherRates },
      goal,
      "messages",
    );
  };

  const one = await measure({
    byBroker: () => byBroker.publish(counts.publish),
    byMediator: () => byMediator.publish(counts.publish),
    theirs: () => theirs.publish(fewer.publish ?? counts.publish),
  });
  const oneACall = `publish one a call, ${inFlight} in flight`;
  yield row("publish", oneACall, [byBroker.name, one.byBroker], one.theirs, publishGoal);
  yield row("publish", oneACall, [byMediator.name, one.byMediator], one.theirs, publishGoal);

  if (inBatches) {
    const { ours, theirs: others } = await measure({
      ours: () => byBroker.publishBatches(counts.publish),
      theirs: () => theirs.publishBatches(counts.publish),
    });
    yield row("publish", `publish in batches of ${batchSize}`, [byBroker.name, ours], others, publishGoal);
  }

  const consumed = await measure({
    ours: () => byBroker.consume(counts.consume),
    theirs: () => theirs.consume(fewer.consume ?? counts.consume),
  });
  yield row("consume", "consume", ["sluice, consume", consumed.ours], consumed.theirs, consumeGoal);
}
