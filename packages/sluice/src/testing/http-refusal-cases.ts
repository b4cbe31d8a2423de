import { expect, expectEqual } from "./expect.js";
import type { HttpCase } from "./http-case.js";
import type { HttpTestBed } from "./http-test-bed.js";

const json = { "content-type": "application/json" };

/** The status, and the code of the problem details, which every refusal must have. */
async function refused(bed: HttpTestBed, answer: Promise<Response>): Promise<unknown[]> {
  const response = await answer;
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") return [response.status, `no problem details, but ${type}`];
  const { status, code } = await bed.json(response);
  return status === response.status
    ? [status, code]
    : [`${response.status}, but in its body ${status}`, code];
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

/** What does not reach a handler, and what the caller is told. */
export const httpRefusalCases: readonly HttpCase[] = [
  {
    title: "refuses names that are not exposed",
    body: async (bed) => {
      for (const name of ["Nothing", "", "StreamQuery", "SendCommand/x", "%", "__proto__", "constructor"]) {
        expectEqual(await refused(bed, bed.post(name)), [404, "HTTP_UNKNOWN_NAME"], `POST ${name}`);
      }
    },
  },
  {
    title: "lets nothing that changes something be started by a link",
    body: async (bed) => {
      let runs = 0;
      bed.onSend(() => runs++);
      bed.onStream(async function* () {
        yield runs++;
      });
      for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
        for (const name of ["SendCommand", "StreamCommand"]) {
          const body = method === "GET" ? {} : { body: "{}" };
          const response = await bed.fetch(name, { method, ...body }, { headers: json });
          expectEqual([response.status, response.headers.get("allow")], [405, "POST"], `${method} ${name}`);
        }
      }
      expectEqual(runs, 0, "How often a handler ran");
    },
  },
  {
    title: "takes no form, and no type that another site can send without asking",
    body: async (bed) => {
      let runs = 0;
      bed.onSend(() => runs++);
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "text/plain, application/json",
        "text/plain; x=application/json",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
      ]) {
        const answer = bed.fetch(
          "SendCommand",
          { method: "POST", body: "{}" },
          { headers: { "content-type": type } },
        );
        expectEqual(await refused(bed, answer), [415, "HTTP_CONTENT_TYPE"], type);
      }
      for (const type of [
        "application/json",
        "Application/JSON ; Charset=UTF-8",
        'application/json;charset="utf-8"',
      ]) {
        const answer = await bed.post("SendCommand", { headers: { "content-type": type } });
        expectEqual(answer.status, 200, type);
      }
      expectEqual(runs, 3, "How often a handler ran");
    },
  },
  {
    title: "takes nothing packed",
    body: async (bed) => {
      const answer = bed.post("SendCommand", { headers: { "content-encoding": "gzip" } });
      expectEqual(await refused(bed, answer), [415, "HTTP_CONTENT_ENCODING"], "A body that says gzip");
    },
  },
  {
    title: "refuses what a client would not accept",
    body: async (bed) => {
      const unacceptable = [406, "HTTP_NOT_ACCEPTABLE"];
      for (const accept of ["text/html", "application/xml, image/*", "application/json;q=0"]) {
        expectEqual(await refused(bed, bed.post("SendCommand", { accept })), unacceptable, accept);
        expectEqual(await refused(bed, bed.post("StreamCommand", { accept })), unacceptable, accept);
      }
    },
  },
  {
    title: "refuses what is no JSON, no object, too deep, or has keys that reach a prototype",
    options: { limits: { jsonDepth: 8 } },
    body: async (bed) => {
      for (const [body, code] of [
        ["", "HTTP_INVALID_JSON"],
        ["{", "HTTP_INVALID_JSON"],
        ["{'a':1}", "HTTP_INVALID_JSON"],
        ["[1]", "SLUICE_INVALID_MESSAGE"],
        ["null", "SLUICE_INVALID_MESSAGE"],
        [`{"input":${nested(8)}}`, "HTTP_JSON_TOO_DEEP"],
        [`{"input":${nested(100_000)}}`, "HTTP_JSON_TOO_DEEP"],
        ['{"__proto__":{"admin":true}}', "HTTP_UNSAFE_KEY"],
        ['{"input":[{"\\u005f_proto__":{"admin":true}}]}', "HTTP_UNSAFE_KEY"],
        ['{"input":{"constructor":{"prototype":{"admin":true}}}}', "HTTP_UNSAFE_KEY"],
        ['{"constructor":1}', "SLUICE_INVALID_MESSAGE"],
      ] as const) {
        const answer = bed.fetch("SendCommand", { method: "POST", body }, { headers: json });
        const status = code === "SLUICE_INVALID_MESSAGE" ? 422 : 400;
        expectEqual(await refused(bed, answer), [status, code], body.slice(0, 50));
      }
      expect(!("admin" in {}), "A prototype was reached.");
      const allowed = { input: JSON.parse(nested(7)), name: "constructor" };
      expectEqual((await bed.post("SendCommand", { fields: allowed })).status, 204, "What is just allowed");
    },
  },
  {
    title: "refuses bytes that are no UTF-8",
    body: async (bed) => {
      const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
      const answer = bed.fetch("SendCommand", { method: "POST", body }, { headers: json });
      expectEqual(await refused(bed, answer), [400, "HTTP_INVALID_JSON"], "The refusal");
    },
  },
  {
    title: "takes a body and an input up to the limit, and no further",
    options: { limits: { bodyBytes: 2_000 } },
    body: async (bed) => {
      bed.onSend(({ input }) => (input as string).length);
      const tooLarge = [413, "HTTP_BODY_TOO_LARGE"];
      const fields = (length: number) => ({ input: "x".repeat(length - '{"input":""}'.length) });
      expectEqual(
        await bed.json(await bed.post("SendCommand", { fields: fields(2_000) })),
        1_988,
        "2,000 bytes",
      );
      expectEqual(await refused(bed, bed.post("SendCommand", { fields: fields(2_001) })), tooLarge, "2,001");
      expectEqual(
        await refused(bed, bed.get("SendQuery", { fields: fields(2_001) })),
        tooLarge,
        "In the address",
      );
      const many = fields(5_000_000);
      expectEqual(await refused(bed, bed.post("SendCommand", { fields: many })), tooLarge, "5 MB");
      expectEqual((await bed.post("SendCommand", { fields: fields(100) })).status, 200, "What comes after");
    },
  },
  {
    title: "says where the input is not what the schema takes",
    body: async (bed) => {
      const response = await bed.post("CheckedCommand", {
        fields: { items: [{ price: 1 }, { price: "x" }] },
      });
      expectEqual(
        await bed.json(response),
        {
          title: "Unprocessable Content",
          status: 422,
          code: "SLUICE_INVALID_MESSAGE",
          detail: "The input is not what this request takes.",
          errors: [{ pointer: "#/items/1/price", detail: "expected a number" }],
        },
        "The problem",
      );
      expectEqual((await bed.post("CheckedCommand", { fields: { items: [] } })).status, 204, "What fits");
    },
  },
  {
    title: "tells nothing internal of an answer that failed, unless it is asked to",
    body: async (bed) => {
      bed.onSend(() => {
        throw Object.assign(new Error("the password is 1234"), { code: "E_SECRET" });
      });
      const response = await bed.post("SendCommand");
      const problem = { title: "Internal Server Error", status: 500 };
      expectEqual(await bed.json(response), problem, "The problem");
      expectEqual(bed.logger.records.length, 1, "What the logger was told");
    },
  },
];
