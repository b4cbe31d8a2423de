import { KafkaBroker } from "sluice/brokers/kafka";
import type { RunningService, ServiceParts } from "./service.js";

/** Runs one service as this process, until it is told to end; see several-processes.ts for who tells it what. */
export async function runService(start: (parts: ServiceParts) => Promise<RunningService>): Promise<void> {
  const { KAFKA = "127.0.0.1:9092", FOLDER = ".", PORT = "3000", PICK_MS = "400" } = process.env;
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
    // Whoever started it is gone.
    process.once("disconnect", resolve);
  });
  const broker = new KafkaBroker({
    bootstrapBrokers: KAFKA.split(","),
    createTopics: { partitions: 4 },
    // How long the work of a killed process waits for another one.
    sessionTimeoutMs: 3_000,
  });
  const service = await start({
    broker,
    folder: FOLDER,
    port: Number(PORT),
    pickMs: Number(PICK_MS),
    say: console.log,
  });
  console.log(service.says);
  await ended;
  await service.close();
  await broker.close();
  process.disconnect?.();
}
