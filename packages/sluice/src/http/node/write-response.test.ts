import { expect, it } from "vitest";
import { bootstrap } from "../../mediator/bootstrap.js";
import { Query } from "../../messages/query.js";
import { createHttpHandler } from "../http-handler.js";
import { serve1 } from "./serve.fixture.js";
import { toWebRequest } from "./to-web-request.js";
import { writeResponse } from "./write-response.js";

class Waits extends Query<number> {}

it.each([
  ["the stream", (response: Response) => response],
  ["the body alone", (response: Response) => new Response(response.body, response)],
])("ends the handler when the client leaves, without any signal: %s (S7)", async (_, change) => {
  const ended = Promise.withResolvers<void>();
  const mediator = bootstrap({
    queriesMapper: (map) =>
      map.bind(Waits, async function* (_query, { signal }) {
        try {
          yield 1;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        } finally {
          ended.resolve();
        }
      }),
  });
  const handle = createHttpHandler(mediator, { stream: [Waits] });
  const served = await serve1(async (req, res) => {
    await writeResponse(change(await handle(toWebRequest(req))), res);
  });
  const response = await fetch(`${served.url}Waits`, { headers: { accept: "text/event-stream" } });
  const reader = (response.body as ReadableStream).getReader();
  await reader.read();
  await reader.cancel();
  await ended.promise;
  await served.close();
  expect(await mediator.close()).toBeUndefined();
});
