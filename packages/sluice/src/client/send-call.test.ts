import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { Served } from "../http/node/serve.fixture.js";
import { ProblemError } from "../http/problem.js";
import { schemaCommand } from "../messages/schema-command.js";
import { answering, Body, rejection } from "./answering.fixture.js";
import { ConnectionLostError, ProtocolError, RemoteError } from "./client-errors.js";
import { createClient } from "./create-client.js";
import { Ask, serveFar } from "./far.fixture.js";

let far: Served | undefined;

afterEach(async () => {
  await far?.close();
  far = undefined;
});

async function clientOf(ask: Parameters<typeof serveFar>[0]["ask"]) {
  far = await serveFar({ ask });
  return createClient(far.url);
}

const page = (status: number, text: string, type = "text/html") =>
  createClient("http://far/", {
    fetch: answering(() => new Response(text, { status, headers: { "content-type": type } })).fetch,
  });

describe("a response from afar, over a real server", () => {
  it.each([[{ name: "é😀" }], [null], [0], [""], [[]], [undefined]])("may be %j", async (response) => {
    const { send } = await clientOf(() => response);
    expect(await send(new Ask("?"))).toEqual(response);
  });

  it("is an error with its code where the far end exposes it", async () => {
    const { send } = await clientOf(() => {
      throw new ProblemError({ title: "Conflict", status: 409, code: "ALREADY_PAID" });
    });
    const error = await rejection(send(new Ask("?")));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ status: 409, items: 0, problem: { code: "ALREADY_PAID" } });
    expect((error as Error).message).toBe("Ask: the far end answered 409 Conflict (ALREADY_PAID)");
  });

  it("names each field that the far end's schema refuses", async () => {
    class Rename extends schemaCommand(z.object({ name: z.string().min(3) })) {}
    far = await serveFar({ options: { send: [Rename] } });
    // An older client does not know the schema: its own would refuse before anything is sent.
    class Old extends Ask {
      readonly name = "x";
    }
    const { send } = createClient(far.url, { messages: [{ name: "Rename", message: Old }] });
    const error = (await rejection(send(new Old("")))) as RemoteError;
    expect(error).toMatchObject({ status: 422, problem: { code: "SLUICE_INVALID_MESSAGE" } });
    expect(error.problem?.errors?.[0]?.pointer).toBe("#/name");
    expect(error.message).toContain("#/name: ");
  });

  it("is told as unknown where the name is not exposed", async () => {
    far = await serveFar({});
    const error = await rejection(createClient(far.url).send(new Ask("?")));
    expect(error).toMatchObject({ status: 404, problem: { code: "HTTP_UNKNOWN_NAME" } });
  });

  it("is not waited for when the signal aborts, and the far handler is told (S8)", async () => {
    const [asked, aborted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { send } = await clientOf(async (_query, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      asked.resolve();
      await new Promise(() => {});
    });
    const controller = new AbortController();
    const pending = rejection(send(new Ask("?"), { signal: controller.signal }));
    await asked.promise;
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await pending).toBe(reason);
    await aborted.promise;
  });

  it("is lost when the server goes away meanwhile", async () => {
    const asked = Promise.withResolvers<void>();
    const { send } = await clientOf(async () => {
      asked.resolve();
      await new Promise(() => {});
    });
    const pending = rejection(send(new Ask("?")));
    await asked.promise;
    await far?.close();
    far = undefined;
    expect(await pending).toBeInstanceOf(ConnectionLostError);
  });

  it("is lost when there is no server", async () => {
    const { url, close } = await serveFar({});
    await close();
    const error = await rejection(createClient(url).send(new Ask("?")));
    expect(error).toMatchObject({ code: "SLUICE_CONNECTION_LOST", request: "Ask", items: 0 });
    expect((error as Error).message).toContain(`${new URL(url).origin} cannot be reached, or did not answer`);
    expect((error as Error).cause).toBeInstanceOf(TypeError);
  });
});

describe("an answer that is none of Sluice's", () => {
  it("is shown as it begins: a proxy's page with an error", async () => {
    const error = await rejection(page(502, "<html>\n<h1>Bad Gateway</h1>").send(new Ask("?")));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ status: 502, problem: undefined });
    expect((error as Error).message).toBe(
      "Ask: the far end answered 502 without a reason, with text/html and no problem details; it begins: " +
        '"<html> <h1>Bad Gateway</h1>". Something before the far handler may have answered POST http://far/Ask: a proxy, ' +
        "or another route.",
    );
  });

  it("is shown as it begins: a page where JSON was expected", async () => {
    const error = await rejection(page(200, "<title>Log in</title>").send(new Ask("?")));
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as Error).message).toBe(
      "Ask: POST http://far/Ask was answered 200 with text/html, expected application/json; it begins: " +
        '"<title>Log in</title>". Look whether the base URL is the one of the far handler.',
    );
  });

  it.each([
    ["application/problem+json", "<html>"],
    ["application/problem+json", "{}"],
    ["application/problem+json", "null"],
    ["application/problem+json", '{"title":1,"status":"2"}'],
    ["application/json", '{"title":"Gone","status":410}'],
  ])("is no problem details: %s %s", async (type, text) => {
    const error = await rejection(page(500, text, type).send(new Ask("?")));
    expect(error).toMatchObject({ code: "SLUICE_REMOTE", status: 500, problem: undefined });
  });

  it("is read no further than it is shown", async () => {
    function* endless() {
      for (;;) yield "x".repeat(10_000);
    }
    const body = new Body(endless());
    const { fetch } = answering(() => new Response(body.stream, { status: 500 }));
    const error = (await rejection(createClient("http://far/", { fetch }).send(new Ask("?")))) as Error;
    expect(error.message.length).toBeLessThan(600);
    expect(body.reads).toBeLessThan(10);
    await vi.waitFor(() => expect(body.cancelled).toBe(true));
  });

  it.each([
    ["{", "Ask: the response is not JSON."],
    ["", "Ask: the response is not JSON."],
    ['"12345678"', "Ask: the response is longer than maxLength, 9 characters."],
  ])("%j", async (text, message) => {
    const { fetch } = answering(
      () => new Response(text, { headers: { "content-type": "Application/JSON" } }),
    );
    const error = await rejection(createClient("http://far/", { fetch, maxLength: 9 }).send(new Ask("?")));
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as Error).message).toBe(message);
  });

  it("is lost when its body breaks off", async () => {
    const body = new Body(['{"a":', new Error("reset")]);
    const { fetch } = answering(
      () => new Response(body.stream, { headers: { "content-type": "application/json" } }),
    );
    const error = await rejection(createClient("http://far/", { fetch }).send(new Ask("?")));
    expect(error).toMatchObject({ code: "SLUICE_CONNECTION_LOST", items: 0, cause: { message: "reset" } });
  });
});
