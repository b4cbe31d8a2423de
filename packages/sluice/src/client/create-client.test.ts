import { describe, expect, it } from "vitest";
import { z } from "zod";
import { collect } from "../mediator/flow.fixture.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { schemaQuery } from "../messages/schema-query.js";
import { answering, framesOf, ndjson, rejection } from "./answering.fixture.js";
import { createClient } from "./create-client.js";
import { Ask, Watch } from "./far.fixture.js";

const json = (value: unknown) => () => Response.json(value);

describe("the request that goes out", () => {
  it("is a POST of the fields as JSON to the name of the class", async () => {
    const { fetch, seen } = answering(json("why not"), ndjson(framesOf([])));
    const client = createClient("http://far/api/", { fetch });
    expect(await client.send(new Ask("why?"))).toBe("why not");
    await collect(client.stream(new Watch("é")));
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      ["http://far/api/Ask", '{"question":"why?"}'],
      ["http://far/api/Watch", '{"topic":"é"}'],
    ]);
    expect(seen.map(({ headers }) => Object.fromEntries(headers))).toEqual([
      { accept: "application/json;as=response", "content-type": "application/json" },
      { accept: "application/x-ndjson", "content-type": "application/json" },
    ]);
  });

  it.each([
    ["http://far", "http://far/Ask"],
    ["http://far/api", "http://far/api/Ask"],
    ["http://far/api/", "http://far/api/Ask"],
    ["http://far:81/a%20b", "http://far:81/a%20b/Ask"],
    [new URL("https://far/api"), "https://far/api/Ask"],
  ])("goes below the base URL %s", async (base, url) => {
    const { fetch, seen } = answering(json(1));
    await createClient(base, { fetch }).send(new Ask(""));
    expect(seen[0]?.url).toBe(url);
  });

  it("takes the name that the class was given", async () => {
    const { fetch, seen } = answering(json(1), json(2));
    const messages = [{ name: "questions.ask v2", message: Ask }, Watch];
    const client = createClient("http://far/", { fetch, messages });
    await client.send(new Ask(""));
    await client.send(new Watch());
    expect(seen.map(({ url }) => url)).toEqual(["http://far/questions.ask%20v2", "http://far/Watch"]);
  });

  it("is written by the schema, which refuses at once what it could not read back (M1)", async () => {
    class At extends schemaQuery(z.object({ at: z.coerce.date() }))<string> {}
    class Raw extends Command<string> {
      readonly at = new Date(0);
    }
    const { fetch, seen } = answering(json("then"));
    const client = createClient("http://far/", { fetch });
    await client.send(new At({ at: "2026-11-23" }));
    expect(seen[0]?.body).toBe('{"at":"2026-11-23T00:00:00.000Z"}');
    expect(await rejection(client.send(new Raw()))).toMatchObject({
      code: "SLUICE_ENCODE_REFUSED",
      path: "at",
    });
    expect(() => client.stream(new Raw())).toThrow("Raw.at is an instance of Date");
    expect(seen).toHaveLength(1);
  });

  it("has the headers of the client and of the call, which wins", async () => {
    const { fetch, seen } = answering(json(1));
    const client = createClient("http://far/", {
      fetch,
      headers: { authorization: "Bearer client", "x-tenant": "a", accept: "text/html" },
    });
    await client.send(new Ask(""), { headers: async () => new Headers({ Authorization: "Bearer call" }) });
    expect(Object.fromEntries(seen[0]?.headers ?? [])).toEqual({
      accept: "application/json;as=response",
      authorization: "Bearer call",
      "content-type": "application/json",
      "x-tenant": "a",
    });
  });

  it("does not go out when its headers cannot be made; the very error is told", async () => {
    const { fetch, seen } = answering();
    const error = new Error("not logged in");
    const client = createClient("http://far/", { fetch, headers: () => Promise.reject(error) });
    expect(await rejection(client.send(new Ask("")))).toBe(error);
    expect(await rejection(client.stream(new Watch()).next())).toBe(error);
    expect(seen).toEqual([]);
  });

  it("cannot be made to carry a second header in a value", async () => {
    const { fetch, seen } = answering();
    const client = createClient("http://far/", { fetch, headers: { "x-name": "a\r\nauthorization: b" } });
    expect(await rejection(client.send(new Ask("")))).toBeInstanceOf(TypeError);
    expect(seen).toEqual([]);
  });

  it("goes out by the global fetch, as it is at that time", async () => {
    const client = createClient("http://far/");
    const { fetch } = globalThis;
    globalThis.fetch = answering(json("global")).fetch;
    try {
      expect(await client.send(new Ask(""))).toBe("global");
    } finally {
      globalThis.fetch = fetch;
    }
  });
});

describe("wrong use is told at once", () => {
  const { fetch } = answering();

  it.each([
    ["/api/", "baseUrl", "A relative URL needs a page that it is relative to."],
    ["", "baseUrl", "expected an http or https URL"],
    ["ftp://far/", "baseUrl", "expected an http or https URL"],
    ["http://user:secret@far/", "baseUrl", "Give credentials in the headers."],
    ["http://far/?a=b", "baseUrl", "Leave out the query and the fragment."],
  ])("the base URL %j", (base, option, advice) => {
    expect(() => createClient(base)).toThrow(
      expect.objectContaining({ option, code: "SLUICE_INVALID_OPTION" }),
    );
    expect(() => createClient(base)).toThrow(advice);
  });

  it.each([
    [{ messages: Ask }, "messages"],
    [{ messages: ["Ask"] }, "messages"],
    [{ messages: [{ name: "", message: Ask }] }, "messages name"],
    [{ messages: [class extends Command {}] }, "messages name"],
    [{ messages: [DomainEvent] }, "messages"],
    [{ idleTimeoutMs: -1 }, "idleTimeoutMs"],
    [{ idleTimeoutMs: Number.NaN }, "idleTimeoutMs"],
    [{ idleTimeoutMs: Number.POSITIVE_INFINITY }, "idleTimeoutMs"],
    [{ maxLength: 0 }, "maxLength"],
    [{ fetch: "fetch" }, "fetch"],
    [{ headers: "authorization" }, "headers"],
    [{ retry: { attempts: 0 } }, "retry attempts"],
    [{ retry: 3 }, "retry"],
    [{ logger: {} }, "logger"],
    [null, "options"],
  ])("the options %o", (options, option) => {
    expect(() => createClient("http://far/", options as never)).toThrow(
      expect.objectContaining({ option, code: "SLUICE_INVALID_OPTION" }),
    );
  });

  it("two classes with one name on the wire", () => {
    const messages = [Ask, { name: "Ask", message: Watch }];
    expect(() => createClient("http://far/", { messages })).toThrow(
      expect.objectContaining({ code: "SLUICE_DUPLICATE_MESSAGE_NAME" }),
    );
  });

  it("what is no request", async () => {
    const client = createClient("http://far/", { fetch });
    expect(() => client.stream(Watch as never)).toThrow("stream() got class Watch; expected an instance");
    expect(await rejection(client.send({} as never))).toMatchObject({ code: "SLUICE_INVALID_REQUEST" });
  });

  it("a class without a name", async () => {
    const client = createClient("http://far/", { fetch });
    const error = await rejection(client.send(new (class extends Command {})()));
    expect((error as Error).message).toContain("Give it one: { messages: [{ name, message }] }.");
  });

  it.each([
    [{ signal: new AbortController() }, "Give controller.signal."],
    [new AbortController().signal, "Write { signal }."],
    [{ retry: true }, "retry"],
    [{ headers: 1 }, "headers"],
    [null, "options"],
  ])("the options of a call %o", async (options, advice) => {
    const client = createClient("http://far/", { fetch });
    expect(() => client.stream(new Watch(), options as never)).toThrow(advice);
    expect(((await rejection(client.send(new Watch(), options as never))) as Error).message).toContain(
      advice,
    );
  });
});
