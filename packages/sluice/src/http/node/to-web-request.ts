import type { NodeRequest } from "./node-request.js";

export interface WebRequestOptions {
  /** Aborts when the client leaves. */
  readonly signal?: AbortSignal | undefined;
  /** The body as text, where a framework has read it already. @default what arrives */
  readonly body?: string | undefined;
}

/**
 * The request of node:http or node:http2 as one of the web platform. Its host is what the client claims, so its origin
 * proves nothing. The body is read only when somebody asks for it.
 *
 * @throws {TypeError} the web platform knows no such request: its method is TRACE, its address is none.
 */
export function toWebRequest(req: NodeRequest, { signal, body }: WebRequestOptions = {}): Request {
  const { method = "GET", url = "/", rawHeaders } = req;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    // HTTP/2 has its own, as ":path".
    if (!name.startsWith(":")) headers.append(name, rawHeaders[i + 1] as string);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const init = {
    method,
    headers,
    body: hasBody ? (body ?? bodyOf(req)) : null,
    ...(signal && { signal }),
    duplex: "half",
  };
  return new Request(url.startsWith("/") ? `http://localhost${url}` : url, init);
}

/** Reads a chunk when it is asked for one. What nobody reads stays with the client. */
function bodyOf(req: NodeRequest): ReadableStream<Uint8Array> {
  let isOpen = true;
  let onData: ((chunk: Uint8Array) => void) | undefined;
  const finish = (how: () => void) => {
    if (isOpen) how();
    isOpen = false;
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const left = new Error("The client left before its request was whole.");
        const cut = () => finish(() => controller.error(left));
        req.on("end", () => finish(() => controller.close()));
        req.on("error", cut);
        req.on("close", cut);
      },
      pull: (controller) => {
        if (onData === undefined) {
          onData = (chunk) => {
            req.pause();
            if (isOpen) controller.enqueue(chunk);
          };
          req.on("data", onData);
        }
        req.resume();
      },
      cancel: () => {
        isOpen = false;
        if (onData !== undefined) req.off("data", onData);
        req.pause();
      },
    },
    { highWaterMark: 0 },
  );
}
