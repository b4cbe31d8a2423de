export { type KyselyTransaction, kyselyTransactions } from "./kysely-transactions.js";
