import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { postgres } from "@sluice-internal/services";
import { type PrismaTransaction, prismaTransactions } from "sluice/transactions/prisma";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onPostgres } from "./servers.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const schema = `
generator client {
  provider   = "prisma-client-js"
  output     = "./client"
  engineType = "client"
}
datasource db {
  provider = "postgresql"
}
model orders {
  id String @id
}
`;

interface Tx extends PrismaTransaction {
  $executeRawUnsafe(sql: string): Promise<unknown>;
  readonly orders: { create(options: { data: { id: string } }): Promise<unknown> };
}

/** What `prisma generate` makes of the schema, as far as it is called here. */
interface Client extends Tx {
  $transaction(work: (tx: Tx) => Promise<void>): Promise<void>;
  $disconnect(): Promise<void>;
}

/** Generates the client anew, in a folder in which it finds its packages. */
async function generate(): Promise<{ client: new (options: object) => Client; remove: () => void }> {
  const cache = fileURLToPath(new URL("../../../../../node_modules/.cache/", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(`${cache}prisma-`);
  writeFileSync(`${folder}/schema.prisma`, schema);
  const require = createRequire(import.meta.url);
  const program = require.resolve("prisma/build/index.js");
  execFileSync(process.execPath, [program, "generate", "--schema", `${folder}/schema.prisma`], {
    cwd: folder,
    stdio: "pipe",
    // The engine for migrations would be fetched, and is not used.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" },
  });
  const { PrismaClient } = await import(pathToFileURL(`${folder}/client/index.js`).href);
  return { client: PrismaClient, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

joinsTransactions(
  "Prisma on PostgreSQL",
  async () => {
    const [{ client: PrismaClient, remove }, { pool, url, ...stores }] = await Promise.all([
      generate(),
      onPostgres<Tx>(prismaTransactions),
    ]);
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
    return {
      ...stores,
      transaction: (work) => prisma.$transaction(work),
      async nested(tx, work) {
        const savepoint = (sql: string) => tx.$executeRawUnsafe(sql);
        await savepoint("savepoint inner_one");
        try {
          await work(tx);
        } catch (error) {
          await savepoint("rollback to savepoint inner_one");
          throw error;
        }
      },
      insertOrder: (tx, id) => tx.orders.create({ data: { id } }),
      wrong: { prisma, pool },
      async close() {
        await prisma.$disconnect();
        await pool.end();
        remove();
      },
    };
  },
  { needs: postgres },
);
