import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bootstrap } from "../../mediator/bootstrap.js";
import { Command } from "../../messages/command.js";
import { Query } from "../../messages/query.js";
import { RecordingLogger } from "../../testing/recording-logger.js";
import { createHttpHandler } from "../http-handler.js";
import { type Served, serve1 } from "./serve.fixture.js";
import { toNodeListener } from "./to-node-listener.js";

class Save extends Command<{ saved: unknown }> {
  declare readonly input?: unknown;
}

class Items extends Query<number> {}

let served: Served;
let runs: number;
const logger = new RecordingLogger();

beforeEach(async () => {
  runs = 0;
  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(Save, async ({ input }) => ({ saved: [input ?? null, ++runs][0] })),
    queriesMapper: (map) =>
      map.bind(Items, async function* () {
        yield 1;
      }),
  });
  const limits = { bodyBytes: 10_000, bodyMs: 200 };
  served = await serve1(
    toNodeListener(createHttpHandler(mediator, { send: [Save], stream: [Items], limits, logger })),
  );
});

afterEach(() => served.close());

function open(): Socket {
  const socket = connect(Number(new URL(served.url).port), "127.0.0.1");
  socket.on("error", () => {});
  return socket;
}

/** Everything that the server says to these bytes, until it closes. */
async function say(...lines: string[]): Promise<string> {
  const socket = open();
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(lines.join("\r\n"));
  await once(socket, "close");
  return answer;
}

const head = ["POST /Save HTTP/1.1", "Host: x", "Connection: close", "Content-Type: application/json"];
const isUp = async () => (await fetch(`${served.url}Items`)).status;

describe("a server in front of raw sockets", () => {
  it.each([
    ["both lengths", ["Content-Length: 5", "Transfer-Encoding: chunked", "", "0", "", "GET /x HTTP/1.1"]],
    ["two lengths", ["Content-Length: 5", "Content-Length: 6", "", "{}   "]],
    ["a length that is none", ["Content-Length: 1e1", "", "{}"]],
    ["a coding that is hidden", ["Transfer-Encoding: chunked, identity", "", "0", "", ""]],
    ["a chunk's size that is none", ["Transfer-Encoding: chunked", "", "zz", "{}", "0", "", ""]],
    ["a header with a space", ["Content-Length : 2", "", "{}"]],
    ["a folded header", ["X: a", " b: c", "Content-Length: 2", "", "{}"]],
  ])("refuses what could be read in two ways: %s", async (_, lines) => {
    const answer = await say(...head, ...lines);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(runs).toBe(0);
    expect(await isUp()).toBe(200);
  });

  it.each([
    ["TRACE", "TRACE /Save HTTP/1.1", 400],
    ["no path", "GET * HTTP/1.1", 400],
    ["another host's address", "GET http://other.example/Items HTTP/1.1", 200],
    ["two slashes", "GET //Items HTTP/1.1", 404],
    ["an escaped slash", "GET /%2FItems HTTP/1.1", 404],
    ["a way upwards", "GET /x/../Items HTTP/1.1", 200],
    ["half an escape", "GET /Items%E0%A4%A HTTP/1.1", 404],
    ["a HEAD of a stream", "HEAD /Items HTTP/1.1", 405],
  ])("answers %s", async (_, line, status) => {
    expect(await say(line, "Host: x", "Connection: close", "", "")).toContain(`HTTP/1.1 ${status} `);
  });

  it("takes no header from the path, and none from a name (CR, LF)", async () => {
    const answer = await fetch(`${served.url}${encodeURIComponent("Items\r\nSet-Cookie: a=b")}`);
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([404, null]);
    const again = await fetch(`${served.url}Items`, { headers: { "last-event-id": "1%0d%0aX: y" } });
    expect(again.status).toBe(200);
  });

  it("answers a client whose body is too large before it has come, and cuts it off when it goes on", {
    timeout: 10_000,
  }, async () => {
    const socket = open();
    socket.write([...head, "Transfer-Encoding: chunked", "", ""].join("\r\n"));
    const sending = setInterval(() => socket.write(`1000\r\n${"x".repeat(0x1000)}\r\n`), 5);
    const closed = new Promise((resolve) => socket.once("close", resolve)); // by whatever error the cut gives
    const first = await new Promise((resolve) => socket.once("data", resolve));
    expect(String(first)).toMatch(/^HTTP\/1\.1 413 /);
    await closed;
    clearInterval(sending);
    expect(runs).toBe(0);
  });

  it("answers 408 to a body that does not come", async () => {
    expect(await say(...head, "Content-Length: 10", "", "{")).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("runs nothing for a body that is cut", async () => {
    const socket = open();
    socket.write([...head, "Content-Length: 10", "", "{}"].join("\r\n"));
    await once(socket.resume(), "connect");
    socket.end();
    await once(socket, "close");
    expect(runs).toBe(0);
    expect(await isUp()).toBe(200);
  });

  it("stays up beside 1,000 connections that are half open", { timeout: 20_000 }, async () => {
    const starts = [
      "",
      "POST /Sa",
      [...head, "Content-Length: 10", "", "{"].join("\r\n"),
      "GET /Items HTTP/1.1\r\n",
    ];
    const sockets = Array.from({ length: 1_000 }, (_, n) => {
      const socket = open();
      socket.write(starts[n % starts.length] as string);
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    for (let n = 0; n < 20; n++) expect(await isUp()).toBe(200);
    for (const socket of sockets) socket.destroy();
    expect(runs).toBe(0);
    expect(logger.records).toEqual([]);
  });
});
