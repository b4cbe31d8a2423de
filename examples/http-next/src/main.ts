// Next is not installed here: this calls the route as Next does, and prints what a client gets.
import { POST } from "./app/api/[name]/route.js";

const response = await POST(
  new Request("http://localhost:3000/api/ProcessFiles", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ fileIds: ["a", "b", "c"] }),
  }),
);
const body = response.body as ReadableStream<Uint8Array>;
for await (const text of body.pipeThrough(new TextDecoderStream())) process.stdout.write(text);
