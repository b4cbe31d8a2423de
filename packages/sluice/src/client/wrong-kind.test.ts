import { afterEach, expect, it, vi } from "vitest";
import type { Served } from "../http/node/serve.fixture.js";
import { rejection } from "./answering.fixture.js";
import { createClient } from "./create-client.js";
import { Ask, serveFar, Watch } from "./far.fixture.js";

let far: Served | undefined;

afterEach(async () => {
  await far?.close();
  far = undefined;
});

it("a stream that is sent is refused, and its handler does not run", async () => {
  const watch = vi.fn(async function* () {
    yield 1;
  });
  far = await serveFar({ watch });
  const error = await rejection(createClient(far.url).send(new Watch()));
  expect(error).toMatchObject({ code: "SLUICE_REMOTE", status: 406, problem: { code: "HTTP_IS_STREAM" } });
  expect((error as Error).message).toContain("Watch is exposed as a stream, and was asked for one response.");
  expect(watch).not.toHaveBeenCalled();
});

it("a request with one response that is streamed is refused, and its handler does not run", async () => {
  const ask = vi.fn(() => "answer");
  far = await serveFar({ ask });
  const error = await rejection(createClient(far.url).stream(new Ask("?")).next());
  expect(error).toMatchObject({ code: "SLUICE_REMOTE", status: 406, problem: { code: "HTTP_IS_RESPONSE" } });
  expect(ask).not.toHaveBeenCalled();
});
