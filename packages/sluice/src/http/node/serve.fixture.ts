import { createServer, type RequestListener, type Server } from "node:http";
import {
  type ClientHttp2Session,
  connect,
  createServer as createServer2,
  type Http2Server,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";

export interface Served {
  readonly url: string;
  readonly server: Server | Http2Server;
  close(): Promise<void>;
}

export async function serve1(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  const url = await listen(server);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, server, close };
}

async function listen(server: Server | Http2Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

export async function serve2(listener: Parameters<typeof createServer2>[1]): Promise<Served> {
  const server = createServer2({}, listener);
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  const url = await listen(server);
  const close = async () => {
    for (const session of clients.get(new URL(url).origin) ?? []) session.destroy();
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, server, close };
}

const clients = new Map<string, Set<ClientHttp2Session>>();

/** As much of `fetch` as tests need, over HTTP/2 without TLS, each request on a connection of its own. */
export const fetch2: typeof fetch = (input, init = {}) => {
  const url = new URL(String(input));
  const { signal, body } = init;
  const session = connect(url.origin);
  const sessions = clients.get(url.origin) ?? new Set();
  clients.set(url.origin, sessions.add(session));
  const headers = Object.fromEntries(new Headers(init.headers));
  const path = `${url.pathname}${url.search}`;
  const pseudo = { ":method": init.method ?? "GET", ":path": path };
  const stream = session.request({ ...pseudo, ...headers }, { endStream: !body });
  const leave = () => session.destroy();
  signal?.addEventListener("abort", leave, { once: true });
  stream.on("close", () => session.close());
  if (body) stream.end(body);
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("The stream closed.")));
    stream.on("response", (head) => {
      const answer = Object.entries(head).filter(([name]) => !name.startsWith(":"));
      const status = Number(head[":status"]);
      resolve(
        new Response(status === 204 ? null : (Readable.toWeb(stream) as ReadableStream<Uint8Array>), {
          status,
          headers: answer.map(([name, value]) => [name, String(value)]),
        }),
      );
    });
  });
};
