import { describe, it } from "vitest";
import { httpConformance } from "../../testing/http-conformance.js";
import { createHttpHandler } from "../http-handler.js";
import { fetch2, serve1, serve2 } from "./serve.fixture.js";
import { toNodeListener } from "./to-node-listener.js";
import { toWebRequest } from "./to-web-request.js";
import { writeResponse } from "./write-response.js";

const features = { remoteAddress: true, ownsBody: true, backpressure: true };

describe("node:http conforms", () => {
  for (const { name, run } of httpConformance({
    name: "HTTP/1.1",
    serve: (mediator, options) => serve1(toNodeListener(createHttpHandler(mediator, options))),
    features,
  })) {
    it(name, run);
  }
});

describe("node:http2 conforms", () => {
  for (const { name, run } of httpConformance({
    name: "HTTP/2",
    serve: (mediator, options) => serve2(toNodeListener(createHttpHandler(mediator, options))),
    fetch: fetch2,
    features,
  })) {
    it(name, run);
  }
});

describe("a server that only knows the web platform conforms", () => {
  for (const { name, run } of httpConformance({
    name: "web",
    serve: (mediator, options) => {
      const handle = createHttpHandler(mediator, options);
      return serve1(async (req, res) => {
        const leaving = new AbortController();
        res.on("close", () => leaving.abort());
        const response = await handle(toWebRequest(req, { signal: leaving.signal }), {
          remoteAddress: req.socket.remoteAddress,
        });
        // A copy is nobody's stream: its body is all there is.
        await writeResponse(new Response(response.body, response), res);
      });
    },
    features,
  })) {
    it(name, run);
  }
});
