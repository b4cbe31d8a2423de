import { runService } from "../run-service.js";
import { startInventory } from "./start-inventory.js";

await runService(startInventory);
