import { askPort } from "./ask-port.js";
import { nats } from "./nats.js";
import { serverConforms } from "./server-conforms.fixture.js";

/** A request and its answer, in NATS's own words. */
async function request(port: number, subject: string, body = ""): Promise<Record<string, unknown>> {
  const question = `CONNECT {"verbose":false}\r\nSUB answers 1\r\nPUB ${subject} answers ${body.length}\r\n${body}\r\n`;
  const message = /\r\nMSG answers 1 (\d+)\r\n(.*)\r\n/s;
  const answer = await askPort(port, question, (text) => message.test(text.toString()));
  return JSON.parse(message.exec(answer.toString())?.[2] ?? "") as Record<string, unknown>;
}

serverConforms(nats, {
  async write({ port }, text) {
    const stream = { name: "KEPT", subjects: ["kept"], storage: "file" };
    await request(port, "$JS.API.STREAM.CREATE.KEPT", JSON.stringify(stream));
    await request(port, "kept", text);
  },
  async read({ port }) {
    const { message } = await request(port, "$JS.API.STREAM.MSG.GET.KEPT", JSON.stringify({ seq: 1 }));
    return Buffer.from((message as { data: string }).data, "base64").toString();
  },
});
