import { runService } from "../run-service.js";
import { startOrders } from "./start-orders.js";

await runService(startOrders);
