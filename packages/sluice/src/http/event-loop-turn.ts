type Callback = () => void;

/** What Node, Deno and Bun have, and browsers do not. */
const { process, setImmediate } = globalThis as {
  readonly process?: { readonly nextTick?: (callback: Callback) => void };
  readonly setImmediate?: (callback: Callback) => void;
};

const workMs = 4;

/** Calls back when everything that is ready has run: in Node before the event loop goes on, which costs no delay. */
export const whenIdle: (callback: Callback) => void =
  process?.nextTick ?? ((callback) => void setTimeout(callback, 0));

const inNextTurn: (callback: Callback) => void = setImmediate ?? ((callback) => void setTimeout(callback, 0));

/**
 * Shares the event loop among streams whose handlers never wait: together they may work for 4 ms, then sockets and
 * timers have their turn. Without that a single such stream keeps a server from answering anybody else.
 */
class EventLoopTurn {
  #startedAt = 0;
  #isOpen = false;
  /** Streams that wait for a turn, the longest first: each gets one of its own. */
  readonly #waiting: Callback[] = [];

  /** Whether this turn has been at work for long enough. */
  get isOver(): boolean {
    if (this.#isOpen) return performance.now() - this.#startedAt > workMs;
    this.#open();
    return false;
  }

  wait(goOn: Callback): void {
    this.#waiting.push(goOn);
  }

  #open(): void {
    this.#isOpen = true;
    this.#startedAt = performance.now();
    inNextTurn(this.#next);
  }

  readonly #next = (): void => {
    this.#isOpen = false;
    const goOn = this.#waiting.shift();
    if (goOn === undefined) return;
    this.#open();
    goOn();
  };
}

export const eventLoopTurn = new EventLoopTurn();
