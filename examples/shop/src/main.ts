import { Command, InvalidArgumentError, Option } from "commander";
import { startInOneProcess } from "./one-process.js";
import { startSeveralProcesses } from "./several-processes.js";

const number = (text: string) => {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number.");
};

const { broker, port, pick } = new Command("npm start -w examples/shop --")
  .description("A shop of several services, and its page.")
  .addOption(
    new Option("--broker <name>", "memory: all in one process; kafka: a process for each service")
      .choices(["memory", "kafka"])
      .default("memory"),
  )
  .option("--port <n>", "where the page is, on 127.0.0.1; 0: any free port", number, 3000)
  .option("--pick <ms>", "how long it takes the inventory to pick a line", number, 400)
  .parse()
  .opts<{ broker: "memory" | "kafka"; port: number; pick: number }>();

const ended = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
});
const start = broker === "kafka" ? startSeveralProcesses : startInOneProcess;
try {
  const shop = await start({ port, pickMs: pick, say: console.log });
  console.log(`${shop.says}; Ctrl-C ends it`);
  await ended;
  await shop.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
