import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { reasonOf } from "../errors/reason.js";
import type { StandardSchema } from "../messages/standard-schema.js";
import { type Route, routesOf } from "./exposed.js";
import type { HttpHandlerOptions } from "./http-handler-options.js";
import { problemSchema } from "./problem-schema.js";

export interface OpenApiOptions extends Pick<HttpHandlerOptions, "stream" | "send" | "basePath"> {
  readonly title: string;
  /** The version of your interface, not of OpenAPI. */
  readonly version: string;
  /**
   * The JSON Schema (draft 2020-12) of what a schema takes; `undefined`: what the schema itself says, as those of
   * zod 4.2 and arktype 2.1 can. A class without either takes any object.
   */
  readonly jsonSchema?: ((schema: StandardSchema, name: string) => object | undefined) | undefined;
}

/** A schema that gives its JSON Schema (https://standardschema.dev/json-schema). */
interface DescribedSchema extends StandardSchema {
  readonly "~standard": StandardSchema["~standard"] & {
    readonly jsonSchema?: { input(options: { target: "draft-2020-12" }): object };
  };
}

/**
 * An OpenAPI 3.1 document of what is exposed, for you to serve where you like. Inputs are described by the messages'
 * schemas; of answers and items it says only how they are written.
 *
 * @throws {InvalidOptionError} a schema has no JSON Schema: `jsonSchema` can give one.
 *
 * @example
 * ```ts
 * import { openApiDocument } from "sluice/http";
 * import { schemaQuery } from "sluice/messages";
 * import { z } from "zod";
 *
 * class GetUser extends schemaQuery(z.object({ userId: z.string() }))<{ name: string }> {}
 *
 * const document = openApiDocument({ title: "Users", version: "1.0.0", send: [GetUser] });
 * console.log(Object.keys(document.paths)); // [ "/GetUser" ]
 * ```
 */
export function openApiDocument(options: OpenApiOptions) {
  const { title, version, basePath = "/" } = options;
  const routes = [...routesOf(options.stream, options.send).values()];
  return {
    openapi: "3.1.0" as const,
    info: { title, version },
    paths: Object.fromEntries(
      routes.map((route) => [
        `${basePath}${encodeURIComponent(route.name)}`,
        pathOf(route, inputOf(route, options)),
      ]),
    ),
    components: {
      schemas: { Problem: problemSchema },
      responses: {
        Problem: {
          description: "Why there is no answer (RFC 9457)",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
}

function inputOf({ messageClass, name }: Route, { jsonSchema }: OpenApiOptions): object {
  const { schema } = messageClass as { readonly schema?: DescribedSchema };
  if (schema?.["~standard"] === undefined) return { type: "object" };
  try {
    const given = jsonSchema?.(schema, name);
    const own = given ?? schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
    return own ?? { type: "object" };
  } catch (cause) {
    throw new InvalidOptionError(
      `the schema of ${messageClass.name}`,
      schema,
      "one that has a JSON Schema",
      `${reasonOf(cause)}. Give one in the option jsonSchema.`,
    );
  }
}

function pathOf({ name, kind, isQuery }: Route, schema: object): object {
  const { content, ...rest } = kind === "send" ? answer : items;
  const responses = {
    "200": { ...rest, content },
    ...(kind === "send" && { "204": { description: "The answer is nothing" } }),
    default: { $ref: "#/components/responses/Problem" },
  };
  const post = {
    operationId: name,
    requestBody: { required: true, content: { "application/json": { schema } } },
    responses,
  };
  if (!isQuery) return { post };
  const parameter = { name: "input", in: "query", content: { "application/json": { schema } } };
  return { get: { operationId: `${name}.get`, parameters: [parameter], responses }, post };
}

const answer = { description: "The answer", content: { "application/json": { schema: {} } } };

const items = {
  description: "The items, as they come",
  content: {
    "text/event-stream": { schema: { type: "string" } },
    "application/x-ndjson": { schema: { type: "string" } },
    "application/json": { schema: { type: "array" } },
  },
};
