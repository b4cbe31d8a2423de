import type { Container, ContainerScope } from "../containers/container.js";
import { quiet } from "../mediator/flow.fixture.js";
import type { AbstractClass, Class } from "../messages/class.js";

/** What the handlers of one scope share; resolve it to see which scope a handler is in. */
export class UnitOfWork {
  state: "open" | "committed" | "rolled back" = "open";
  /** What it was closed with. */
  error: unknown = undefined;

  close(error: unknown): void {
    if (this.state !== "open") throw new Error(`A unit of work was closed twice; it was ${this.state}.`);
    this.state = error === undefined ? "committed" : "rolled back";
    this.error = error;
  }
}

interface RecordingOptions {
  /** Takes "enter", "commit" and "rollback" as they happen. */
  readonly log?: string[];
  /** Runs before a scope counts as closed: may wait, or throw. */
  readonly onClose?: (error: unknown) => unknown;
  /** Gives the instance of a class; a new one by default. */
  readonly make?: <T>(token: AbstractClass<T>) => T | Promise<T> | undefined;
}

/** A container whose scopes are units of work, all kept for the test to look at. */
export class RecordingContainer implements Container {
  readonly units: UnitOfWork[] = [];
  readonly log: string[];
  readonly #options: RecordingOptions;

  constructor(options: RecordingOptions = {}) {
    this.#options = options;
    this.log = options.log ?? [];
  }

  get states(): string[] {
    return this.units.map(({ state }) => state);
  }

  resolve<T>(token: AbstractClass<T>): T | Promise<T> {
    return this.#options.make?.(token) ?? new (token as Class<T>)();
  }

  createScope(): ContainerScope & { readonly unit: UnitOfWork } {
    const unit = new UnitOfWork();
    this.units.push(unit);
    this.log.push("enter");
    return {
      unit,
      resolve: <T>(token: AbstractClass<T>) =>
        (token as AbstractClass<unknown>) === UnitOfWork ? (unit as T) : this.resolve(token),
      close: async (error) => {
        await this.#options.onClose?.(error);
        unit.close(error);
        this.log.push(error === undefined ? "commit" : "rollback");
      },
    };
  }
}

/** What has become of a promise once everything has run that can. */
export async function stateOf(promise: Promise<unknown>): Promise<"pending" | "fulfilled" | "rejected"> {
  let state: "pending" | "fulfilled" | "rejected" = "pending";
  promise.then(
    () => {
      state = "fulfilled";
    },
    () => {
      state = "rejected";
    },
  );
  await quiet();
  return state;
}

/** What a promise was rejected with; an error when it was not. */
/** An outside signal that knows how many listen to it. */
export class WatchedSignal {
  readonly #controller = new AbortController();
  /** Each listener, and whether it leaves by itself once it was called. */
  readonly #listeners = new Map<unknown, boolean>();
  readonly signal = this.#controller.signal;

  constructor() {
    const { signal } = this;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (type: string, listener: unknown, options?: unknown) => {
      this.#listeners.set(listener, (options as AddEventListenerOptions | undefined)?.once === true);
      add(type as "abort", listener as EventListener, options as AddEventListenerOptions);
    };
    signal.removeEventListener = (type: string, listener: unknown) => {
      this.#listeners.delete(listener);
      remove(type as "abort", listener as EventListener);
    };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  abort(reason: unknown = new Error("The caller left.")): void {
    for (const [listener, once] of this.#listeners) if (once) this.#listeners.delete(listener);
    this.#controller.abort(reason);
  }
}
