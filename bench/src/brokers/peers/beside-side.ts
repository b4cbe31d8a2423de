import { rateRow } from "../../outbox/rate-row.js";
import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { batchSize, keys } from "../messages.js";
import { inFlight, type Rates } from "./rates.js";

/** What a peer is measured at. */
export interface Compared {
  readonly theirs: Rates;
  /** How many messages it is given in a run: those that take long get fewer. */
  readonly messages: { readonly publish: number; readonly consume: number };
  /** How many times as quick we are to be at publishing; nothing where what it promises is less. */
  readonly publishGoal?: number;
  readonly consumeGoal?: number;
  /** Whether one call may take several messages. */
  readonly inBatches?: boolean;
}

const rounds = 5;
/** How many are given to Sluice. */
const ourMessages = 20_000;

export async function* besideSide(
  transport: string,
  ours: Rates,
  { theirs, messages, publishGoal, consumeGoal, inBatches = false }: Compared,
): AsyncGenerator<Row> {
  const row = async (
    work: string,
    method: "publish" | "publishBatches" | "consume",
    theirMessages: number,
    goal?: number,
  ) => {
    const rates = await inTurn(rounds, {
      ours: () => ours[method](ourMessages),
      theirs: () => theirs[method](theirMessages),
    });
    return rateRow(
      `${transport}, ${keys} keys, ${work}`,
      { measured: ours.name, rates: rates.ours, against: theirs.name, otherRates: rates.theirs },
      goal,
      "messages",
    );
  };
  yield await row(`publish one a call, ${inFlight} in flight`, "publish", messages.publish, publishGoal);
  if (inBatches)
    yield await row(`publish in batches of ${batchSize}`, "publishBatches", ourMessages, publishGoal);
  yield await row("consume", "consume", messages.consume, consumeGoal);
}
