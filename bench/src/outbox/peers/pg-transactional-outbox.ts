import pg from "pg";
import { DatabaseSetup, getDisabledLogger, initializePollingMessageListener } from "pg-transactional-outbox";
import { counting, type Peer } from "./peer.js";

const role = "postgres";
const nextMessages = "next_outbox_messages";

/** By polling, with rows that may go beside each other, in batches of 1,000, without its protections. */
export const pgTransactionalOutbox: Peer = {
  name: "pg-transactional-outbox",
  rows: 1_000,

  async run(url, rows) {
    const setup = {
      outboxOrInbox: "outbox",
      schema: "public",
      table: "outbox",
      database: new URL(url).pathname.slice(1),
      listenerRole: role,
      handlerRole: role,
      nextMessagesName: nextMessages,
      nextMessagesSchema: "public",
    } as const;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(DatabaseSetup.dropAndCreateTable(setup));
    await client.query(DatabaseSetup.createPollingFunction(setup));
    await client.query(DatabaseSetup.setupPollingIndexes(setup));
    await client.query(
      `insert into outbox (id, aggregate_type, aggregate_id, message_type, segment, concurrency, payload)
       select gen_random_uuid(), 'move', 'key-' || n % 1000, 'moved', 'key-' || n % 1000, 'parallel',
         jsonb_build_object('text', repeat('x', 88)) from generate_series(1, $1::int) n`,
      [rows],
    );
    await client.end();
    const { take, rate } = counting(rows);
    const [shutdown] = initializePollingMessageListener(
      {
        outboxOrInbox: "outbox",
        dbListenerConfig: { connectionString: url },
        settings: {
          dbSchema: "public",
          dbTable: "outbox",
          enableMaxAttemptsProtection: false,
          enablePoisonousMessageProtection: false,
          nextMessagesFunctionName: nextMessages,
          nextMessagesBatchSize: 1_000,
          nextMessagesPollingIntervalInMs: 10,
        },
      },
      { handle: async () => take() },
      getDisabledLogger(),
    );
    const measured = await rate;
    await shutdown();
    return measured;
  },
};
