import { RecordingContainer } from "../handlers/recording.fixture.js";
import { type BootstrapOptions, bootstrap, type HandlerContext } from "../index.js";
import { bindBodies, Flow, Gates, RecordingLogger } from "../mediator/flow.fixture.js";
import { Noted } from "./recorded.fixture.js";

/** A mediator whose event handlers write down their start and wait at a gate of their event's name. */
export function recorded(options: Partial<BootstrapOptions> = {}) {
  const log: string[] = [];
  const gates = new Gates();
  const logger = new RecordingLogger();
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map.bind(Noted, async ({ name }) => {
        log.push(`event ${name}`);
        await gates.pass(name);
      }),
    ...options,
  });
  const stream = <T>(readAhead: number, body: (context: HandlerContext) => AsyncIterable<T>) =>
    mediator.stream(new Flow<T>(body), { readAhead });
  return { log, gates, logger, container, mediator, stream };
}

/** Yields the names one after another, each with an event of its name. */
export const named = (log: string[], names: readonly string[]) =>
  async function* ({ emit }: HandlerContext) {
    for (const name of names) {
      log.push(`yield ${name}`);
      emit(new Noted(name));
      yield name;
    }
    log.push("end");
  };
