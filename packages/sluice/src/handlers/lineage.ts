import type { Dispatch } from "./dispatch.js";

/** Where something was sent from: a handler's run, or the batch of events that a handler belongs to (rule E5). */
export interface Lineage {
  readonly dispatch: Dispatch;
  /** The message whose handler is at work. */
  readonly message: object;
  /** The nearest holder of a slot, which may lend it to what was started under it. */
  readonly slotHolder: SlotHolder | undefined;
}

/** Holds a slot of the limit, and may lend it to one handler at a time while its own handler waits. */
export interface SlotHolder extends Lineage {
  readonly holdsSlot: boolean;
}

/** Knows the lineage of whatever runs, through any reference to the mediator. */
export interface LineageTracker {
  run<T>(lineage: Lineage, body: () => T): T;
  getStore(): Lineage | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: new () => LineageTracker;
}

interface RuntimeWithBuiltins {
  process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined };
}

/**
 * A tracker on the runtime's AsyncLocalStorage; `undefined` where there is none, as in a browser. It is asked for at
 * run time, so that the core imports nothing of one runtime.
 */
export function createLineageTracker(): LineageTracker | undefined {
  const hooks = (globalThis as RuntimeWithBuiltins).process?.getBuiltinModule?.("node:async_hooks");
  return hooks && new hooks.AsyncLocalStorage();
}
