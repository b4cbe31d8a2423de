import { BrokerUnavailableError, MessageRefusedError } from "../publish-errors.js";
import type { RedisCommand, RedisResults } from "./redis-client.js";
import { isPassing, redisCodeOf, unavailable } from "./redis-errors.js";
import type { RedisLink } from "./redis-link.js";
import type { Outgoing, RedisPublishCall } from "./redis-publish-call.js";
import type { RedisServer } from "./redis-server.js";
import { largestOf } from "./redis-wire.js";

export interface RedisPublisherOptions {
  readonly link: RedisLink;
  readonly server: RedisServer;
  readonly publishTimeoutMs: number;
  readonly maxPending: number;
  readonly waitReplicas: number;
  readonly waitAof: boolean;
}

interface Passenger {
  readonly call: RedisPublishCall;
  readonly message: Outgoing;
}

/** How many messages of several calls go out together at most. */
const largestFlight = 1_000;
const retryAfterMs = 100;

/**
 * Sends what `publish` is given, one round trip after another: calls that come meanwhile go out together in the next one.
 * So nothing overtakes what has to be sent again.
 */
export class RedisPublisher {
  readonly #options: RedisPublisherOptions;
  /** Calls that are not over, in their order: those under way stand first. */
  readonly #calls = new Set<RedisPublishCall>();
  #pending = 0;
  #isRunning = false;
  /** What Redis answers while it takes nothing, but will: it is loading, or a replica. */
  #refusal: Error | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RedisPublisherOptions) {
    this.#options = options;
  }

  /** @throws {BrokerUnavailableError} too many messages wait for a connection. */
  send(call: RedisPublishCall, signal: AbortSignal): Promise<void> {
    const { link, publishTimeoutMs, maxPending } = this.#options;
    if (!link.isReady && this.#pending > 0 && this.#pending + call.size > maxPending) {
      const what = `${this.#pending} messages wait for it already, and maxPending is ${maxPending}`;
      return Promise.reject(new BrokerUnavailableError(what, { cause: link.lastError }));
    }
    this.#pending += call.size;
    this.#calls.add(call);
    call.onEnd(() => {
      this.#pending -= call.size;
      this.#calls.delete(call);
    });
    call.limit(publishTimeoutMs, () => this.#late(), signal);
    if (!this.#isRunning) void this.#run();
    return call.result;
  }

  /** Resolves when all that was taken has arrived or failed. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(Array.from(this.#calls, ({ result }) => result));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const { link, server } = this.#options;
    this.#isRunning = true;
    while (this.#calls.size > 0) {
      try {
        await link.whenReady();
        const { largestField } = await server.look(link);
        const passed = await this.#fly(this.#take(largestField));
        if (!passed) await this.#pause();
      } catch (error) {
        if (error instanceof BrokerUnavailableError) for (const call of [...this.#calls]) call.abandon(error);
        else await this.#pause();
      }
    }
    this.#isRunning = false;
  }

  #take(largestField: number): Passenger[] {
    const flight: Passenger[] = [];
    for (const call of [...this.#calls]) {
      for (const message of call.open) {
        const size = largestOf(message.entry);
        if (size > largestField) call.fail(message, tooLarge(message, size, largestField));
      }
      for (const message of call.open) flight.push({ call, message });
      if (flight.length >= largestFlight) break;
    }
    return flight;
  }

  /** Gives whether it is known what became of each: if not, they are to be sent again. */
  async #fly(flight: readonly Passenger[]): Promise<boolean> {
    if (flight.length === 0) return true;
    const { link } = this.#options;
    const commands = flight.map(({ message }): RedisCommand => ["xadd", message.entry]);
    const isAlone = flight.length === 1;
    const sent: readonly RedisCommand[] = isAlone ? commands : [["multi"], ...commands, ["exec"]];
    const results = await link.pipeline([...sent, ...this.#waits()]);
    const [refusal, replies] = results[sent.length - 1] ?? [link.away()];
    if (refusal !== null) return this.#refused(flight, isAlone ? results : results.slice(1, -1), refusal);
    this.#refusal = undefined;
    const doubt = this.#doubtOf(results.slice(sent.length));
    for (const [index, { call, message }] of flight.entries()) {
      const reply = isAlone ? undefined : (replies as readonly unknown[])[index];
      const error = reply instanceof Error ? unavailable(`topic ${message.topic}`, reply) : doubt;
      if (error !== undefined) call.fail(message, error);
    }
    for (const { call } of flight) call.arrive();
    return true;
  }

  /** Nothing was executed: at fault are those that Redis answered with an error, if any; the rest is sent again. */
  #refused(flight: readonly Passenger[], results: RedisResults, refusal: Error): boolean {
    const isAlone = flight.length === 1;
    let isKnown = false;
    for (const [index, { call, message }] of flight.entries()) {
      const error = isAlone ? refusal : results[index]?.[0];
      if (!error || isPassing(error)) continue;
      isKnown = true;
      call.fail(message, unavailable(`topic ${message.topic}`, error));
    }
    if (isKnown) return true;
    if (!isPassing(refusal)) {
      for (const { call, message } of flight) call.fail(message, unavailable("transaction", refusal));
      return true;
    }
    const code = redisCodeOf(refusal);
    if (code !== undefined) this.#refusal = refusal;
    if (code === "READONLY") this.#options.link.reconnect();
    return false;
  }

  /** So that Redis answers before the call is late. */
  get #waitMs(): number {
    return Math.max(1, Math.floor(this.#options.publishTimeoutMs * 0.8));
  }

  #waits(): RedisCommand[] {
    const { waitReplicas, waitAof } = this.#options;
    if (waitAof) return [["call", "waitaof", 1, waitReplicas, this.#waitMs]];
    return waitReplicas > 0 ? [["call", "wait", waitReplicas, this.#waitMs]] : [];
  }

  /** Why what was executed may yet be lost, where more was asked for. */
  #doubtOf([answer]: RedisResults): Error | undefined {
    if (answer === undefined) return undefined;
    const { waitReplicas, waitAof } = this.#options;
    const [error, reply] = answer;
    if (error !== null) return unavailable("it took the messages, but does not say who else has them", error);
    const [local, replicas] = waitAof ? (reply as unknown[]).map(Number) : [1, Number(reply)];
    if (local === 0) return unavailable("it took the messages, but keeps no append-only file", undefined);
    if ((replicas ?? 0) >= waitReplicas) return undefined;
    const what = `it took the messages, but only ${replicas} of ${waitReplicas} replicas had them after ${this.#waitMs} ms`;
    return unavailable(what, undefined);
  }

  #late(): Error {
    const { link, publishTimeoutMs } = this.#options;
    const what = link.isReady || this.#refusal ? "it did not take it" : "there was no connection";
    const cause = this.#refusal ?? link.lastError;
    return unavailable(`${what} within publishTimeoutMs, ${publishTimeoutMs} ms`, cause);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, retryAfterMs);
    });
  }
}

function tooLarge({ id }: Outgoing, size: number, largest: number): MessageRefusedError {
  const problem = `it has a field of ${size} bytes, and this Redis takes ${largest} (proto-max-bulk-len). Send where the data are.`;
  return new MessageRefusedError(id, problem);
}
