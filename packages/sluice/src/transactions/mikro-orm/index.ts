export { type MikroOrmTransaction, mikroOrmTransactions } from "./mikro-orm-transactions.js";
