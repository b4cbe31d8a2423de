/** A request as a fake `fetch` has seen it. */
interface Seen {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Gives the answer to the next request, or fails as `fetch` does. */
type Answer = (seen: Seen) => Response | Promise<Response>;

/** A `fetch` that gives these answers, one after the other, and keeps what it was asked. */
export function answering(...answers: Answer[]) {
  const seen: Seen[] = [];
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers);
    const body = new TextDecoder().decode(init.body as Uint8Array<ArrayBuffer>);
    const request = { url: String(input), headers, body, signal: init.signal as AbortSignal };
    seen.push(request);
    const answer = answers[seen.length - 1];
    if (answer === undefined) throw new Error(`A request came that was not expected: ${request.url}`);
    return answer(request);
  };
  return { fetch, seen };
}

const encoder = new TextEncoder();

/** A part of a body; an error breaks the connection there, a promise holds it up. */
type Piece = string | Uint8Array | Error | Promise<unknown>;

/** A body of these pieces, one for each time that it is read, and what became of it. */
export class Body {
  reads = 0;
  cancelled = false;
  readonly stream: ReadableStream<Uint8Array>;

  constructor(pieces: Iterable<Piece>) {
    const iterator = pieces[Symbol.iterator]();
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.reads++;
          for (;;) {
            const { done, value } = iterator.next();
            if (done) return controller.close();
            if (value instanceof Error) return controller.error(value);
            if (value instanceof Promise) await value;
            else return controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
          }
        },
        cancel: () => {
          this.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** The answer with this body. */
  ndjson(): Response {
    return new Response(this.stream, { headers: { "content-type": "application/x-ndjson; charset=utf-8" } });
  }
}

/** An answer with NDJSON of these pieces. */
export function ndjson(...pieces: Piece[]): Answer {
  return () => new Body(pieces).ndjson();
}

/** The frames of these items, and the end. */
export function framesOf(items: readonly unknown[]): string {
  const frames = items.map((data, i) => `${JSON.stringify({ id: i + 1, data })}\n`);
  return `${frames.join("")}{"end":{"items":${items.length}}}\n`;
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not reject.");
}
