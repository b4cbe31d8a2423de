import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programs } from "@sluice-internal/services";
import { version } from "../../python/environment.js";
import { inFlight, type Rates } from "./rates.js";

const script = fileURLToPath(new URL("../../../python/brokers.py", import.meta.url));

/** Its message brokers and consumers, in a process of their own; what they promise stands in bench/python/brokers.py. */
export function pythonCqrsOn(
  transport: "kafka" | "amqp",
  url: string,
  create?: (topic: string) => Promise<unknown>,
): Rates {
  const measure = async (work: "publish" | "consume", messages: number): Promise<number> => {
    const topic = crypto.randomUUID();
    await create?.(topic);
    const args = [script, transport, url, work, topic, String(messages), String(inFlight)];
    const { stdout } = await promisify(execFile)(programs.pythonWithCqrs.path, args, { timeout: 60_000 });
    return JSON.parse(stdout).rate;
  };
  return {
    name: `python-cqrs ${version}`,
    publish: (messages) => measure("publish", messages),
    publishBatches: () => Promise.reject(new Error("It takes one message a call.")),
    consume: (messages) => measure("consume", messages),
  };
}
