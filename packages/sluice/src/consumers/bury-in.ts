import type { MessageBroker } from "../brokers/message-broker.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { ConsumeOptions } from "./consume-options.js";
import { deadLetterHeaders } from "./dead-letter-headers.js";
import type { Bury } from "./dead-letters.js";
import { defaultDeadLetterQueue } from "./default-dead-letter-queue.js";

/**
 * Makes ready where messages go that are given up; `caller` is whose options these are.
 *
 * @throws {InvalidOptionError} `deadLetter` is neither a name nor a function, or the broker keeps no dead letters.
 */
export async function buryIn(
  broker: MessageBroker,
  { deadLetter, group }: Pick<ConsumeOptions, "deadLetter" | "group">,
  caller: string,
): Promise<Bury> {
  if (typeof deadLetter === "function") return deadLetter;
  const refuse = (expected: string) => {
    throw new InvalidOptionError(`${caller} deadLetter`, deadLetter, expected);
  };
  const name = deadLetter ?? defaultDeadLetterQueue(group);
  if (typeof name !== "string" || name === "") refuse("the name of a queue, or a function");
  if (broker.deadLetterQueue === undefined)
    return refuse("a function, since this broker keeps no dead letters");
  const queue = await broker.deadLetterQueue(name);
  return (message, error, signal) => queue.add(message, deadLetterHeaders(message, group, error), signal);
}
