import { startRelay } from "sluice/outbox";
import { median, partsOf, quantile, quartiles } from "../../median.js";
import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { channelByHand, insertByHand, moveByHand } from "../hand.js";
import { Moved } from "../moved.js";
import { MoverProcess } from "../mover-process.js";
import { nowMs } from "../now-ms.js";
import { OnPostgres } from "../on-postgres.js";
import type { WorkOptions } from "../work-options.js";

const rounds = 3;
const events = 200;
const idleMs = 15;

/** From the commit of an event to its publishing, while nothing else is to do. */
export async function* delay({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using here = await publishingHere(await createDatabase());
  await using elsewhere = await publishingElsewhere(await createDatabase(), await createDatabase());
  const idle = (publish: () => Promise<number>) => async () => {
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    return publish();
  };
  const sides = {
    here: idle(here.byRelay),
    hereByHand: idle(here.byHand),
    elsewhere: idle(elsewhere.byRelay),
    elsewhereByHand: idle(elsewhere.byHand),
  };
  await inTurn(20, sides);
  const took = await inTurn(rounds * events, sides);
  yield* rowsOf("relay in the same process", took.here, "the same by hand", took.hereByHand);
  yield* rowsOf(
    "relay in another process, by NOTIFY",
    took.elsewhere,
    "the same by hand",
    took.elsewhereByHand,
  );
}

/** Milliseconds from the commit of one event to its publishing. */
interface Publishing extends AsyncDisposable {
  byRelay(): Promise<number>;
  byHand(): Promise<number>;
}

/** Whoever adds publishes too. */
async function publishingHere(url: string): Promise<Publishing> {
  const db = await OnPostgres.open(url);
  let published = Promise.withResolvers<number>();
  const broker = {
    publish: async () => published.resolve(nowMs()),
    async close() {},
  };
  const relay = await startRelay({ outbox: db.outbox, broker });
  return {
    async byRelay() {
      published = Promise.withResolvers();
      await db.transaction((client) => db.outbox.add(new Moved(0), client));
      const committed = nowMs();
      db.outbox.committed();
      return (await published.promise) - committed;
    },
    async byHand() {
      await db.transaction(insertByHand);
      const committed = nowMs();
      const client = await db.pool.connect();
      let publishedAt = 0;
      await moveByHand(client, 1_000, () => {
        publishedAt = nowMs();
      });
      client.release();
      return publishedAt - committed;
    },
    async [Symbol.asyncDispose]() {
      await relay.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** Others publish, in processes of their own, woken by NOTIFY. */
async function publishingElsewhere(url: string, urlByHand: string): Promise<Publishing> {
  const ofRelay = await OnPostgres.open(url, { notify: true });
  const ofHand = await OnPostgres.open(urlByHand);
  const relay = await MoverProcess.start({ way: "by a relay", url, listens: true });
  const hand = await MoverProcess.start({ way: "by hand", url: urlByHand, listens: true });
  return {
    async byRelay() {
      const published = relay.next("published");
      await ofRelay.transaction((client) => ofRelay.outbox.add(new Moved(0), client));
      const committed = nowMs();
      return (await published).atMs - committed;
    },
    async byHand() {
      const published = hand.next("published");
      await ofHand.transaction(async (client) => {
        await insertByHand(client);
        await client.query(`select pg_notify('${channelByHand}', '')`);
      });
      const committed = nowMs();
      return (await published).atMs - committed;
    },
    async [Symbol.asyncDispose]() {
      for (const it of [relay, hand, ofRelay, ofHand]) await it[Symbol.asyncDispose]();
    },
  };
}

function* rowsOf(
  measured: string,
  ours: readonly number[],
  against: string,
  others: readonly number[],
): Generator<Row> {
  for (const [q, most] of [
    [0.5, undefined],
    [0.99, 10],
  ] as const) {
    const of = (took: readonly number[]) => partsOf(took, events).map((part) => quantile(part, q));
    yield {
      work: `outbox, from commit to publish, idle, p${q * 100}`,
      measured,
      took: `${rounds} × ${events} events`,
      against,
      otherTook: `${median(of(others)).toFixed(1)} ms`,
      value: median(of(ours)),
      spread: quartiles(of(ours)),
      unit: "ms",
      ...(most !== undefined && { goal: { bound: "at most", value: most } }),
    };
  }
}
