import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { bootstrap, Command, Query } from "sluice";
import { createHttpHandler, ProblemError } from "sluice/http";
import { toNodeListener } from "sluice/http/node";

class Count extends Command<{ n: number; text: string }> {
  declare readonly to: number;
}

class TakeLog extends Query<string[]> {}
class Cut extends Command {}

/** What client-program.js talks to; `other` answers what is no request of its. */
export async function serveFar(other: RequestListener): Promise<{ origin: string; server: Server }> {
  const log: string[] = [];
  const mediator = bootstrap({
    commandsMapper: (map) =>
      map
        .bind(Cut, async () => server.closeAllConnections())
        .bind(Count, async function* ({ to }, { signal }) {
          try {
            if (to > 0) {
              for (let n = 1; n <= to; n++) yield { n, text: "é😀" };
              return;
            }
            yield { n: 0, text: "" };
            if (to === 0) throw new ProblemError({ status: 410, title: "Gone", code: "GONE" });
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          } finally {
            log.push(signal.aborted ? "left" : "ended");
          }
        }),
    queriesMapper: (map) => map.bind(TakeLog, async () => log.splice(0)),
  });
  const answer = toNodeListener(createHttpHandler(mediator, { stream: [Count], send: [TakeLog, Cut] }));
  const server = createServer((request, response) => {
    if (request.method === "POST") answer(request, response);
    else other(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}
