import { expect, it } from "vitest";
import { GET, POST } from "./route.js";

const post = (fileIds: unknown) =>
  new Request("http://localhost:3000/api/ProcessFiles", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/x-ndjson" },
    body: JSON.stringify({ fileIds }),
  });

it("streams to a reader that leaves, which ends the handler", async () => {
  const { body } = await POST(post(["a", "b", "c"]));
  const reader = body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(new TextDecoder().decode(value)).toBe('{"id":1,"data":{"fileId":"a","status":"completed"}}\n');
  await reader?.cancel();
});

it("answers a query, and refuses what the schema does not take", async () => {
  const count = await GET(new Request("http://localhost:3000/api/CountFiles"));
  expect(await count.json()).toEqual({ processed: 1 });
  expect((await POST(post("all"))).status).toBe(422);
});
