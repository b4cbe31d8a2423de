import { MemoryMessageBroker } from "sluice/brokers";
import { startInventory } from "./inventory/start-inventory.js";
import { startMail } from "./mail/start-mail.js";
import { startOrders } from "./orders/start-orders.js";
import type { RunningService, Settings } from "./service.js";

/** All services in this process, on a broker and databases in memory: nothing else has to run. */
export async function startInOneProcess(settings: Settings): Promise<RunningService> {
  const broker = new MemoryMessageBroker();
  const parts = { broker, ...settings };
  const inventory = await startInventory(parts);
  const mail = await startMail(parts);
  const orders = await startOrders(parts);
  return {
    says: orders.says,
    async close() {
      for (const service of [orders, mail, inventory]) await service.close();
      await broker.close();
    },
  };
}
