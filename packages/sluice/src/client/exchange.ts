import type { Call } from "./call.js";
import { ConnectionLostError, ProtocolError } from "./client-errors.js";
import { excerptOf } from "./excerpt-of.js";
import { remoteErrorOf } from "./remote-error-of.js";
import { untilAborted } from "./until-aborted.js";

/** How much is read of an answer that is none, in characters. */
const strangeLength = 65_536;

/** One try of a call: its request, with headers made for it, and the answer. Whoever opens it closes it. */
export class Exchange {
  readonly #call: Call;
  readonly #outer: AbortSignal;
  readonly #own = new AbortController();
  readonly #onAbort = () => this.#own.abort(this.#outer.reason);
  #decoder: TextDecoder | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(call: Call, outer: AbortSignal) {
    this.#call = call;
    this.#outer = outer;
  }

  /**
   * Sends the request; gives the status of the answer when one without content begins, or one of the media type that
   * is wanted.
   *
   * @throws {RemoteError | ConnectionLostError | ProtocolError} there is no such answer; besides these, the signal's
   * reason, and what making the headers threw.
   */
  async open(): Promise<number> {
    const { name, url, body, accept, fetch } = this.#call;
    const { signal } = this.#own;
    this.#outer.addEventListener("abort", this.#onAbort);
    if (this.#outer.aborted) this.#onAbort();
    const headers = await untilAborted(this.#call.headers(), signal);
    const response = await this.#responseTo(fetch(url, { method: "POST", headers, body, signal }));
    this.#reader = response.body?.getReader();
    this.#decoder = new TextDecoder("utf-8", { fatal: response.ok });
    const { ok, status } = response;
    const contentType = response.headers.get("content-type") ?? "";
    if (ok && (status === 204 || mediaTypeOf(contentType) === accept)) return status;
    const text = await this.text(strangeLength).catch(() => "");
    signal.throwIfAborted();
    if (!ok) throw remoteErrorOf(this.#call, response, text);
    throw new ProtocolError(
      name,
      0,
      `POST ${url} was answered ${status} with ${contentType || "no content type"}, expected ${accept}` +
        `${excerptOf(text)}. Look whether the base URL is the one of the far handler`,
    );
  }

  /**
   * The next piece of the answer; `undefined` when it has ended, whole or not.
   *
   * @param items how many have arrived, for errors.
   */
  async read(items = 0): Promise<string | undefined> {
    if (this.#reader === undefined) return undefined;
    const { done, value } = await this.#wait(this.#reader.read(), items, () => "the connection was lost");
    if (done) return undefined;
    try {
      return this.#decoder?.decode(value, { stream: true });
    } catch (cause) {
      throw new ProtocolError(this.#call.name, items, "the answer is not UTF-8", { cause });
    }
  }

  /** The answer as text; reads no further than needed to see that it is longer than `maxLength`. */
  async text(maxLength: number): Promise<string> {
    const pieces: string[] = [];
    for (let length = 0; length <= maxLength; ) {
      const piece = await this.read();
      if (piece === undefined) break;
      pieces.push(piece);
      length += piece.length;
    }
    return pieces.join("");
  }

  /** Ends the exchange, which ends the far handler if it still runs. */
  async close(): Promise<void> {
    this.#outer.removeEventListener("abort", this.#onAbort);
    // First the body, since what a fetch of the user's gives need not obey the signal.
    const cancelled = this.#reader?.cancel().catch(() => {});
    this.#own.abort();
    await cancelled;
    this.#reader?.releaseLock();
  }

  /** Ends an exchange whose answer has come whole: waits for the end of the body, so that the connection can be used again. */
  async finish(): Promise<void> {
    this.#outer.removeEventListener("abort", this.#onAbort);
    try {
      while ((await this.read()) === "");
    } catch {
      // The answer was whole.
    }
    await this.close();
  }

  async #responseTo(sent: Promise<Response>): Promise<Response> {
    const { origin } = this.#call.url;
    try {
      return await this.#wait(sent, 0, () => `${origin} cannot be reached, or did not answer`);
    } catch (error) {
      // What does not obey the signal may still answer.
      sent.then(
        ({ body }) => body?.cancel(),
        () => {},
      );
      throw error;
    }
  }

  /** Waits while the far end is neither silent for too long nor the caller gone. */
  async #wait<T>(promise: Promise<T>, items: number, what: () => string): Promise<T> {
    const { name, idleTimeoutMs } = this.#call;
    const { signal } = this.#own;
    const onIdle = () => {
      const silent = `nothing came for ${idleTimeoutMs} ms, not even a heartbeat`;
      this.#own.abort(new ConnectionLostError(name, items, silent));
    };
    const timer = idleTimeoutMs > 0 ? setTimeout(onIdle, idleTimeoutMs) : undefined;
    try {
      return await untilAborted(promise, signal);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new ConnectionLostError(name, items, what(), { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

function mediaTypeOf(contentType: string): string {
  return contentType.replace(/;.*/s, "").trim().toLowerCase();
}
