import { asProblem } from "../client/as-problem.js";
import { remoteError } from "../client/remote-error-of.js";
import type { ReplyKind, ReplyPlace } from "./protocol.js";
import { NoReplyError, ResponderLostError } from "./request-reply-errors.js";

/** What came of a request. */
type Reply = { readonly kind: "response" | "item"; readonly value: unknown } | { readonly kind: "end" };

/** A request that was sent, and what has come of it so far, in its order. */
export class PendingCall {
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #replies: Reply[] = [];
  readonly #lostRuns = new Set<string>();
  #run: string | undefined;
  #place = 0;
  #taken = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(name: string, timeoutMs: number) {
    this.#name = name;
    this.#timeoutMs = timeoutMs;
  }

  /** How many items were taken. */
  get taken(): number {
    return this.#taken;
  }

  receive(kind: ReplyKind, { run, place }: ReplyPlace, payload: unknown): void {
    if (!this.#isDue(run, place)) return;
    this.#place++;
    if (kind === "failed") this.fail(remoteErrorIn(payload, this.#name, this.#place - 1));
    else this.#replies.push(kind === "end" ? { kind } : { kind, value: payload });
    this.#wake?.();
  }

  /** Whether it is what the far end said: nothing runs there any more. */
  isFailed(error: unknown): boolean {
    return this.#failure?.error === error;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /**
   * The next thing that comes of it. What came before a failure is given first (rule S6).
   *
   * @throws {NoReplyError} nothing came in time.
   */
  async next(signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    if (this.#replies.length === 0 && this.#failure === undefined) await this.#wait(signal);
    const reply = this.#replies.shift();
    if (reply === undefined) throw this.#failure?.error;
    if (reply.kind === "item") this.#taken++;
    return reply;
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    const late = () => reject(new NoReplyError(this.#name, this.#timeoutMs, this.#taken));
    const timer = setTimeout(late, this.#timeoutMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#wake = undefined;
    }
  }

  /** Whether this is what comes next: not what came before, nor of a process that was given up. */
  #isDue(run: string, place: number): boolean {
    if (this.#run !== run) {
      if (this.#lostRuns.has(run)) return false;
      if (this.#run !== undefined) this.#lostRuns.add(this.#run);
      this.#run = run;
      this.#place = 0;
      if (this.#taken > 0) {
        this.fail(new ResponderLostError(this.#name, this.#taken));
        return false;
      }
      this.#replies.length = 0;
    }
    return place === this.#place;
  }
}

function remoteErrorIn(payload: unknown, name: string, items: number): unknown {
  const problem = asProblem(payload) ?? { title: "The far end failed", status: 500 };
  return remoteError(name, problem.status, problem, items);
}
