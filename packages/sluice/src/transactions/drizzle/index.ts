export { type DrizzleSqliteTransaction, drizzleSqliteTransactions } from "./drizzle-sqlite-transactions.js";
export { type DrizzleTransaction, drizzleTransactions } from "./drizzle-transactions.js";
