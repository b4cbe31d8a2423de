export { type SequelizeTransaction, sequelizeTransactions } from "./sequelize-transactions.js";
