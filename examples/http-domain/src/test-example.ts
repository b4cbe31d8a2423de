import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Starts an example as its user does, and checks what every one of them does. */
export function testExample(main: URL): void {
  it("streams to a reader that leaves, which ends the handler, and answers a query", async () => {
    await using server = await start(main);
    const leaving = new AbortController();
    const response = await fetch(`${server.url}/api/ProcessFiles`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/x-ndjson" },
      body: JSON.stringify({ fileIds: Array.from({ length: 100 }, (_, n) => `file ${n}`) }),
      signal: leaving.signal,
    });
    // On a busy machine the next ones may have come along.
    const read = (await readUntil(response, '"id":2')).split("\n");
    expect(read.slice(0, 2)).toEqual([
      '{"id":1,"data":{"fileId":"file 0","status":"completed"}}',
      '{"id":2,"data":{"fileId":"file 1","status":"completed"}}',
    ]);
    leaving.abort();
    expect(await server.line(/ended/)).toMatch(/^ProcessFiles ended after \d{1,2} of 100 files\.$/);
    const count = await fetch(`${server.url}/api/CountFiles`);
    const { processed } = (await count.json()) as { processed: number };
    expect(processed).toBeGreaterThanOrEqual(2);
    const refused = await fetch(`${server.url}/api/ProcessFiles`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"fileIds":"all"}',
    });
    expect(refused.status).toBe(422);
  });
}

async function start(main: URL) {
  const child = spawn(process.execPath, [fileURLToPath(main)], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`The example ended without a line like ${pattern}.`);
      if (pattern.test(value)) return value;
    }
  };
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill();
    await exited;
  };
  const url = /http:\/\/[^ ]+(?=\.)/.exec(await line(/^Listening on /))?.[0];
  return { url, line, [Symbol.asyncDispose]: stop };
}

/** What has come of a body when the text has, to the end of its line. */
async function readUntil(response: Response, text: string): Promise<string> {
  let read = "";
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  while (!read.includes(text)) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  return read;
}
