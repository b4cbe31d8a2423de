import { bootstrap } from "../mediator/bootstrap.js";
import { Command } from "../messages/command.js";
import { Query } from "../messages/query.js";

class CountTo extends Query<number> {
  constructor(readonly last: number) {
    super();
  }
}

/** Answers with what it was sent, and with the user that its metadata names. */
class Echo extends Command<unknown> {
  declare readonly input?: unknown;
}

/** Never yields. */
class Wait extends Query<never> {}

/** A mediator for tests of adapters, and what it exposes. */
export function exampleMediator() {
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const mediator = bootstrap({
    commandsMapper: (map) =>
      map.bind(Echo, async ({ input }, { metadata }) => ({ input, user: metadata.headers.user })),
    queriesMapper: (map) =>
      map
        .bind(CountTo, async function* ({ last }) {
          for (let n = 1; n <= last; n++) yield n;
        })
        .bind(Wait, async function* (_query, { signal }) {
          try {
            started.resolve();
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          } finally {
            ended.resolve();
          }
        }),
  });
  return {
    mediator,
    exposed: { stream: [CountTo, Wait], send: [Echo] },
    started: started.promise,
    ended: ended.promise,
  };
}

export const countTo = (url: string, last: number, headers: Record<string, string> = {}) =>
  fetch(`${url}CountTo?input=${encodeURIComponent(JSON.stringify({ last }))}`, { headers });

export const echo = (url: string, input: unknown) =>
  fetch(`${url}Echo`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input }),
  });
