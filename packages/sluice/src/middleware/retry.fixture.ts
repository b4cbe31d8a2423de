import { RecordingContainer, UnitOfWork } from "../handlers/recording.fixture.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, RecordingLogger } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { retry } from "./retry.js";
import type { RetryOptions } from "./retry-policy.js";

export class Happened extends DomainEvent {}

export const boom = new Error("boom");

export function setUp(options: RetryOptions) {
  const container = new RecordingContainer();
  const logger = new RecordingLogger();
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    middlewares: [retry(options)],
  });
  return { container, logger, mediator };
}

/** A request that fails some times, each with a unit of work, before it answers with the number of its tries. */
export function failing(times: number, error: unknown = boom) {
  let count = 0;
  const request = new Do<number>(async ({ resolve }) => {
    await resolve(UnitOfWork);
    count++;
    if (count <= times) throw error;
    return count;
  });
  return {
    request,
    get count() {
      return count;
    },
  };
}
