export { type PrismaTransaction, prismaTransactions } from "./prisma-transactions.js";
