export { type KnexTransaction, knexTransactions } from "./knex-transactions.js";
