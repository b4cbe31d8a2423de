import type { HandlerContext } from "../handlers/handler-context.js";
import { createHttpHandler } from "../http/http-handler.js";
import type { HttpHandlerOptions } from "../http/http-handler-options.js";
import { type Served, serve1 } from "../http/node/serve.fixture.js";
import { toNodeListener } from "../http/node/to-node-listener.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { Command } from "../messages/command.js";
import { Query } from "../messages/query.js";

/** Streams what the far end was told to give. */
export class Watch<T = unknown> extends Command<T> {
  constructor(readonly topic = "") {
    super();
  }
}

export class Ask<T = unknown> extends Query<T> {
  constructor(readonly question: string) {
    super();
  }
}

interface Far {
  readonly watch?: ((command: Watch, context: HandlerContext) => AsyncIterable<unknown>) | undefined;
  readonly ask?: ((query: Ask, context: HandlerContext) => unknown) | undefined;
  readonly options?: HttpHandlerOptions;
}

/** A mediator behind node:http. */
export function serveFar({ watch, ask, options }: Far): Promise<Served> {
  const mediator = bootstrap({
    commandsMapper: (map) => (watch ? map.bind(Watch<unknown>, watch) : map),
    queriesMapper: (map) => (ask ? map.bind(Ask<unknown>, ask) : map),
  });
  const logger = new RecordingLogger();
  const handle = createHttpHandler(mediator, {
    logger,
    ...(watch && { stream: [Watch] }),
    ...(ask && { send: [Ask] }),
    ...options,
  });
  return serve1(toNodeListener(handle));
}
