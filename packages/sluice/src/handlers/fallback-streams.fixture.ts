import {
  type BootstrapOptions,
  bootstrap,
  Command,
  DomainEvent,
  type FallbackOptions,
  fallback,
  type HandlerContext,
} from "../index.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { RecordingContainer } from "./recording.fixture.js";

export class Count extends Command<number> {}

export class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

export const done = { done: true, value: undefined };

export const broken = new Error("broken");

export type Body = (command: Count, context: HandlerContext) => AsyncIterable<number>;

/** A mediator whose stream falls back from one body to another. */
export function streaming(
  primary: Body,
  secondary: Body,
  options: FallbackOptions = {},
  more: Partial<BootstrapOptions> = {},
) {
  const log: string[] = [];
  const handled: string[] = [];
  const logger = new RecordingLogger();
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: (map) => map.bind(Count, fallback(primary, secondary, options)),
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    ...more,
  });
  return { log, handled, logger, container, mediator, stream: () => mediator.stream(new Count()) };
}

/** Goes on from where the primary came to, up to 4. */
export const goesOn: Body = async function* (_, { resume }) {
  for (let n = (resume?.delivered ?? 0) + 1; n <= 4; n++) yield n;
};

export const failsAfter = (count: number, error: unknown = broken): Body =>
  async function* () {
    for (let n = 1; n <= count; n++) yield n;
    throw error;
  };
