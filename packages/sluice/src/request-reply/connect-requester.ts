import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { consoleLogger, guardLogger } from "../handlers/logger.js";
import { replyTopicOf } from "./protocol.js";
import { Requester } from "./requester.js";
import type { RequesterOptions } from "./requester-options.js";

/**
 * Makes a requester: `send` and `stream` to another service, as to a mediator here. Resolves when replies reach it.
 *
 * A responder of the service must listen on `topic`: see {@link startResponder}. Three topics are used, which must exist
 * where the broker does not make them by itself: `topic`, `<topic>.control` and the reply topic. A request is handled at
 * least once: where a process dies over it, another one begins anew.
 *
 * @throws {InvalidOptionError} an option is out of range, or the broker has no subscriptions.
 *
 * @example
 * ```ts
 * import { bootstrap, Query } from "sluice";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { MessageRegistry } from "sluice/messages";
 * import { connectRequester, startResponder } from "sluice/request-reply";
 *
 * class CountTo extends Query<number> {
 *   constructor(readonly end: number) { super(); }
 * }
 *
 * const registry = new MessageRegistry().register("count.to", CountTo);
 * const broker = new MemoryMessageBroker();
 * const mediator = bootstrap({
 *   queriesMapper: (map) => map.bind(CountTo, async function* ({ end }) {
 *     for (let n = 1; n <= end; n++) yield n;
 *   }),
 * });
 * const responder = await startResponder({ broker, topic: "counting", group: "counters", registry, mediator });
 *
 * // In another service:
 * const requester = await connectRequester({ broker, topic: "counting", registry });
 * for await (const n of requester.stream(new CountTo(3))) console.log(n);
 *
 * await requester.close();
 * await responder.close();
 * ```
 * ```console
 * 1
 * 2
 * 3
 * ```
 */
export async function connectRequester(options: RequesterOptions): Promise<Requester> {
  const { broker, topic, registry, timeoutMs = 30_000, credit = 32 } = options;
  if (typeof broker?.subscribe !== "function")
    throw invalid("broker", broker, "a MessageBroker with subscribe()");
  if (typeof topic !== "string" || topic === "")
    throw invalid("topic", topic, "a string with at least one character");
  if (typeof registry?.encode !== "function") throw invalid("registry", registry, "a MessageRegistry");
  if (!(Number.isFinite(timeoutMs) && timeoutMs >= 1 && timeoutMs < 2 ** 31))
    throw invalid("timeoutMs", timeoutMs, "a number from 1 to 2,147,483,647");
  if (!(Number.isSafeInteger(credit) && credit >= 1 && credit <= 10_000))
    throw invalid("credit", credit, "a whole number from 1 to 10,000");
  const { replyTopic = replyTopicOf(topic) } = options;
  const logger = guardLogger(options.logger ?? consoleLogger);
  return new Requester({ broker, topic, registry, timeoutMs, credit, replyTopic, logger }).start();
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`connectRequester ${option}`, given, expected);
}
