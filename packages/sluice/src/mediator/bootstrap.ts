import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { EventMap } from "../events/event-map.js";
import { RequestMap } from "../requests/request-map.js";
import { requireStreaming } from "./bind-requests.js";
import { type BootstrapOptions, checkOptions } from "./bootstrap-options.js";
import type { Mediator, StreamingRequestMediator } from "./mediator.js";
import { MediatorCore } from "./mediator-core.js";

/**
 * Makes a mediator: runs the mappers, checks everything that was bound, and starts. Nothing waits for the first
 * request to fail (rule R2). It is synchronous; an `onStartup` that is not is awaited by the first dispatch.
 *
 * @throws {SluiceError} an option is out of range, or a handler does not fit; each code is in `docs/errors.md`.
 *
 * @example
 * ```ts
 * import { bootstrap, Query } from "sluice";
 *
 * class GetUser extends Query<{ name: string }> {
 *   constructor(readonly userId: string) { super(); }
 * }
 *
 * const mediator = bootstrap({
 *   queriesMapper: (map) => map.bind(GetUser, async (query) => ({ name: `user ${query.userId}` })),
 * });
 * const user = await mediator.send(new GetUser("7"));
 * ```
 */
export function bootstrap(options: BootstrapOptions): Mediator {
  checkOptions(options);
  return new MediatorCore(options, ...runMappers(options));
}

/**
 * Makes a mediator that streams; binding a handler that cannot stream is an error here (rule S12).
 *
 * @throws {SluiceError} as {@link bootstrap}.
 *
 * @example
 * ```ts
 * import { bootstrapStreaming, Command } from "sluice";
 *
 * class CountTo extends Command<number> {
 *   constructor(readonly last: number) { super(); }
 * }
 *
 * const mediator = bootstrapStreaming({
 *   commandsMapper: (map) => map.bind(CountTo, async function* (command) {
 *     for (let n = 1; n <= command.last; n++) yield n;
 *   }),
 * });
 * for await (const n of mediator.stream(new CountTo(3))) console.log(n);
 * ```
 */
export function bootstrapStreaming(options: BootstrapOptions): StreamingRequestMediator {
  checkOptions(options);
  const [requests, events] = runMappers(options);
  requireStreaming(requests);
  return new MediatorCore(options, requests, events);
}

function runMappers({
  commandsMapper,
  queriesMapper,
  domainEventsMapper,
}: BootstrapOptions): [RequestMap, EventMap] {
  const requests = new RequestMap();
  const events = new EventMap();
  refusePromise(commandsMapper?.(requests), "commandsMapper");
  refusePromise(queriesMapper?.(requests), "queriesMapper");
  refusePromise(domainEventsMapper?.(events), "domainEventsMapper");
  return [requests, events];
}

/** What an async mapper binds after its first `await` would be lost. */
function refusePromise(given: unknown, mapper: string): void {
  if (!(given instanceof Promise)) return;
  given.catch(() => {});
  throw new InvalidOptionError(
    `${mapper}(map)`,
    given,
    "a function that is not async",
    "It must bind everything before it returns: await what it needs before bootstrap.",
  );
}
