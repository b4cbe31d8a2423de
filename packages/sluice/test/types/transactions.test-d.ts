import type Database from "better-sqlite3";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import type { Kysely, Transaction } from "kysely";
import type { Pool } from "pg";
import type { MessageRegistry } from "sluice/messages";
import { PostgresOutbox } from "sluice/stores/postgres";
import { SqliteOutbox } from "sluice/stores/sqlite";
import { drizzleSqliteTransactions } from "sluice/transactions/drizzle";
import { kyselyTransactions } from "sluice/transactions/kysely";
import { typeormTransactions } from "sluice/transactions/typeorm";
import type { EntityManager } from "typeorm";
import { expectTypeOf, it } from "vitest";
import type { OrderPlaced } from "../integration/orms/joined.fixture.js";

declare const database: Database.Database;
declare const pool: Pool;
declare const registry: MessageRegistry;
declare const event: OrderPlaced;
declare const kysely: Kysely<{ orders: { id: string } }>;
declare const kyselyTransaction: Transaction<{ orders: { id: string } }>;
declare const drizzle: BetterSQLite3Database;

it("answers with a promise exactly where the library of the transaction does", () => {
  const byKysely = new SqliteOutbox(database, { registry, transactions: kyselyTransactions });
  expectTypeOf(byKysely.add(event, kyselyTransaction)).toEqualTypeOf<Promise<void>>();
  const byDrizzle = new SqliteOutbox(database, { registry, transactions: drizzleSqliteTransactions });
  drizzle.transaction((tx) => expectTypeOf(byDrizzle.add(event, tx)).toEqualTypeOf<void>());
  const byItself = new SqliteOutbox(database, { registry });
  expectTypeOf(byItself.add(event, database)).toEqualTypeOf<void>();
});

it("takes a transaction with tables of the user's own, and no database", async () => {
  const outbox = new PostgresOutbox(pool, { registry, transactions: kyselyTransactions });
  await outbox.add(event, kyselyTransaction);
  // @ts-expect-error no transaction
  await outbox.add(event, kysely);
  const synchronous = new SqliteOutbox(database, { registry, transactions: drizzleSqliteTransactions });
  // @ts-expect-error no transaction
  synchronous.add(event, drizzle);
});

it("takes the EntityManager of TypeORM", () => {
  const outbox = new PostgresOutbox(pool, { registry, transactions: typeormTransactions });
  expectTypeOf<EntityManager>().toExtend<Parameters<typeof outbox.add>[1]>();
});
