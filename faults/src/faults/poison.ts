import type { Deliveries } from "../count/count-deliveries.js";
import type { Fault, Finding } from "../fault.js";
import { Rig } from "../rig.js";

const maxAttempts = 4;
const poisonEvery = 100;

/** Target 5: one message in a hundred is poison, and one topic of four is down; with one relay, and with six. */
export const poison: Fault = {
  engines: ["postgres", "mariadb", "sqlite"],

  async run(context): Promise<Finding> {
    const messages = context.full ? 20_000 : 4_000;
    const results = [];
    for (const relays of [1, 6]) results.push(await runWith(context, relays, messages));
    return {
      ok: results.every(({ ok }) => ok),
      work: `${messages} messages on four topics, with one relay and with six`,
      faults: "every 100th message of a key is poison, one topic is down",
      results,
    };
  },
};

async function runWith(context: Parameters<Fault["run"]>[0], relays: number, messages: number) {
  await using rig = await Rig.open(context);
  const order = { poisonEvery, down: "down", maxAttempts, retryMs: 20 };
  const started = await Promise.all(Array.from({ length: relays }, () => rig.relay(order)));
  const topics = ["a", "b", "c", "down"];
  // Few keys, so that there are messages with every hundredth number.
  const writer = rig.writer({ name: "w0", messages, keys: 8, perTransaction: 20, topics });
  await writer.ended();
  // What is left in the end is what the topic that is down has not taken.
  const isLeft = async () => {
    const [rows = []] = await rig.query(
      "select count(*) as n from sluice_outbox where state = 0 and topic <> 'down'",
    );
    return Number(rows[0]?.n);
  };
  for (const start = Date.now(); (await isLeft()) > 0 && Date.now() - start < 60_000; )
    await rig.writeOneMore();
  await Promise.all(started.map((relay) => relay.end()));
  const [poisonRows = [], downDead = [], wrongTries = []] = await rig.query(
    `select count(*) as n from fact where mod(seq, ${poisonEvery}) = 0 and id not in (select message_id from sluice_outbox where topic = 'down')`,
    "select count(*) as n from sluice_outbox where topic = 'down' and state = 2",
    `select count(*) as n from sluice_outbox where state = 2 and attempts <> ${maxAttempts}`,
  );
  // What the topic that is down has not taken is not lost.
  const { lost: _, ...counts } = await rig.count();
  const { lost, dead } = await replayed(rig);
  const [expectedDead, down, wrong] = [poisonRows, downDead, wrongTries].map((rows) => Number(rows[0]?.n));
  return {
    ok:
      counts.dead === expectedDead &&
      down === 0 &&
      wrong === 0 &&
      counts.inversions === 0 &&
      lost === 0 &&
      dead === 0 &&
      (await isLeft()) === 0,
    relays,
    expectedDead,
    deadOfTheTopicThatIsDown: down,
    deadAfterAnotherNumberOfTries: wrong,
    lostAfterReplay: lost,
    deadAfterReplay: dead,
    ...counts,
  };
}

/** What is missing once the cause is mended, the topic is up, and the dead letters are replayed. */
async function replayed(rig: Rig): Promise<Deliveries> {
  const store = await rig.context.engine.open(rig.database.url);
  await store.outbox.queue.desk.replay({ state: "dead" });
  const relay = await rig.relay();
  await rig.drained(60_000);
  await relay.end();
  await store.close();
  return rig.count();
}
