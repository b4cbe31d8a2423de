import type { Dispatch } from "./dispatch.js";

/** Where something was sent from: a handler's run, or the batch of events that a handler belongs to (rule E5). */
export interface Lineage {
  readonly dispatch: Dispatch;
  /** The message whose handler is at work. */
  readonly message: object;
  /** The nearest holder of a slot, which may lend it to what was started under it. */
  readonly slotHolder: SlotHolder | undefined;
  /** The very handler at work, where a batch knows which of its own that is. */
  readonly atWork?: Lineage | undefined;
}

/** Holds a slot of the limit, and may lend it to one handler at a time while its own handler waits. */
export interface SlotHolder extends Lineage {
  readonly holdsSlot: boolean;
}

/** Enters a lineage again, for a few nanoseconds where `run` costs hundreds. */
export interface LineageEntry {
  runInAsyncScope<Given extends unknown[], Result>(
    body: (...given: Given) => Result,
    self: undefined,
    ...given: Given
  ): Result;
}

interface AsyncHooks {
  AsyncLocalStorage: new () => {
    run<T>(lineage: Lineage | undefined, body: () => T): T;
    getStore(): Lineage | undefined;
  };
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => LineageEntry;
}

interface RuntimeWithBuiltins {
  process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined };
}

/** Knows the lineage of whatever runs, through any reference to the mediator (rule E5). */
export class LineageTracker {
  readonly #hooks: AsyncHooks;
  readonly #storage;
  #isUsed = false;

  constructor(hooks: AsyncHooks) {
    this.#hooks = hooks;
    this.#storage = new hooks.AsyncLocalStorage();
  }

  get current(): Lineage | undefined {
    // Asking takes a tenth of a send, and nothing can be found before the first entry.
    if (!this.#isUsed) return undefined;
    const lineage = this.#storage.getStore();
    return lineage?.atWork ?? lineage;
  }

  run<T>(lineage: Lineage | undefined, body: () => T): T {
    this.#isUsed = true;
    return this.#storage.run(lineage, body);
  }

  /** For a lineage that is entered again and again. */
  entry(lineage: Lineage): LineageEntry {
    return this.run(lineage, () => this.here());
  }

  /** For what goes on later, and not where it was called from. */
  here(): LineageEntry {
    return new this.#hooks.AsyncResource("sluice", { requireManualDestroy: true });
  }
}

/**
 * A tracker on the runtime's AsyncLocalStorage; `undefined` where there is none, as in a browser. It is asked for at
 * run time, so that the core imports nothing of one runtime.
 */
export function createLineageTracker(): LineageTracker | undefined {
  const hooks = (globalThis as RuntimeWithBuiltins).process?.getBuiltinModule?.("node:async_hooks");
  return hooks && new LineageTracker(hooks);
}
