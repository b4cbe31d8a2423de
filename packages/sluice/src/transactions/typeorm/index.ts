export {
  type TypeormQueryRunner,
  type TypeormTransaction,
  typeormTransactions,
} from "./typeorm-transactions.js";
