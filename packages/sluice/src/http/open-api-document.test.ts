import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { Command } from "../messages/command.js";
import { schemaCommand } from "../messages/schema-command.js";
import { schemaQuery } from "../messages/schema-query.js";
import { openApiDocument } from "./open-api-document.js";

class Import extends schemaCommand(z.object({ rows: z.array(z.string()) }))<number> {}
class Find extends schemaQuery(type({ id: "string" }))<string> {}
class Plain extends Command {}
class Sized extends schemaCommand(v.object({ size: v.number() })) {}

const info = { title: "Orders", version: "2.0.0" };
const object = (properties: object) => expect.objectContaining({ type: "object", properties });

describe("openApiDocument", () => {
  it("describes inputs by the schemas of zod and arktype", () => {
    const { paths } = openApiDocument({ ...info, basePath: "/api/", stream: [Import], send: [Find] });
    expect(paths).toMatchObject({
      "/api/Import": {
        post: {
          requestBody: {
            content: {
              "application/json": { schema: object({ rows: { type: "array", items: { type: "string" } } }) },
            },
          },
        },
      },
      "/api/Find": {
        get: { parameters: [{ name: "input", in: "query" }] },
        post: {
          requestBody: { content: { "application/json": { schema: object({ id: { type: "string" } }) } } },
        },
      },
    });
  });

  it("gives commands no GET, a stream its three types, an answer one", () => {
    const { paths } = openApiDocument({ ...info, stream: [Import], send: [Plain] });
    expect(Object.keys(paths["/Import"] as object)).toEqual(["post"]);
    const typesOf = (path: object) =>
      Object.keys(
        (path as { post: { responses: { 200: { content: object } } } }).post.responses[200].content,
      );
    expect(typesOf(paths["/Import"] as object)).toEqual([
      "text/event-stream",
      "application/x-ndjson",
      "application/json",
    ]);
    expect(typesOf(paths["/Plain"] as object)).toEqual(["application/json"]);
  });

  it("takes the JSON Schema that it is given, for schemas that have none", () => {
    const sized = { type: "object", required: ["size"] };
    const { paths } = openApiDocument({ ...info, send: [Sized], jsonSchema: () => sized });
    expect(JSON.stringify(paths)).toContain(JSON.stringify(sized));
  });

  it("says which schema has no JSON Schema", () => {
    class Dated extends schemaCommand(z.object({ at: z.date() })) {}
    expect(() => openApiDocument({ ...info, send: [Dated] })).toThrow(InvalidOptionError);
    expect(() => openApiDocument({ ...info, send: [Dated] })).toThrow(/schema of Dated.*option jsonSchema/s);
  });
});
