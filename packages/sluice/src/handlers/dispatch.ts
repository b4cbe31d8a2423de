import type { ContainerScope } from "../containers/container.js";
import { messageIdOf } from "../messages/message-id.js";
import type { Headers } from "../messages/metadata.js";
import { closeScope, type Failure } from "./close-scope.js";
import type { DispatchOptions } from "./context-mediator.js";
import type { Lineage, SlotHolder } from "./lineage.js";
import type { Runtime } from "./runtime.js";

const noHeaders: Headers = Object.freeze({});

/**
 * One `send`, `stream` or `publish` under way: its signal, its metadata, and its unit of work where it has one. All
 * of them are made when they are first asked for.
 */
export class Dispatch {
  /** The neighbours in the mediator's list of what is under way. */
  previous: Dispatch | undefined = undefined;
  next: Dispatch | undefined = undefined;
  /** Called once when the outside signal or the mediator aborts the dispatch. */
  onAbort: ((reason: unknown) => void) | undefined = undefined;
  /** The scope that the handlers of this dispatch share: a joined one, or the unit of work under `scope: "dispatch"`. */
  #scope: ContainerScope | undefined;
  #controller: AbortController | undefined = undefined;
  #aborted: { readonly reason: unknown } | undefined = undefined;
  #followed: Set<AbortSignal> | undefined = undefined;
  #correlationId: string | undefined = undefined;
  #isChange = false;
  #closed = false;
  /** Whether it stands in the mediator's list of what is under way. */
  listed = false;

  constructor(
    readonly runtime: Runtime,
    readonly message: object,
    /** Where it was sent from. */
    readonly parent: Lineage | undefined,
    readonly options: DispatchOptions | undefined,
    /** The dispatch as the middleware around it sees it. */
    readonly outer: Dispatch | undefined = undefined,
  ) {
    this.#scope = options?.scope;
  }

  get slotHolder(): SlotHolder | undefined {
    const holder = this.parent?.slotHolder;
    return holder?.holdsSlot ? holder : undefined;
  }

  get #inherited(): Dispatch | undefined {
    return this.outer ?? (this.options?.signal === undefined ? this.parent?.dispatch : undefined);
  }

  /** Why it was aborted; `undefined` while it was not. Asking makes no signal. */
  get aborted(): { readonly reason: unknown } | undefined {
    if (this.#aborted !== undefined) return this.#aborted;
    const signal = this.options?.signal;
    return signal?.aborted ? signal : this.#inherited?.aborted;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    const { aborted } = this;
    if (aborted !== undefined) this.#controller.abort(aborted.reason);
    else {
      if (this.#followed === undefined) this.followOptions();
      const inherited = this.#inherited?.signal;
      if (inherited !== undefined) this.#follow(inherited);
    }
    return this.#controller.signal;
  }

  /** Aborts the dispatch when the signal of its options does. */
  followOptions(): void {
    if (this.options?.signal) this.#follow(this.options.signal);
  }

  /** As an EventListener of the signals that it follows, which spares a closure for each dispatch. */
  handleEvent(event: globalThis.Event): void {
    this.abort((event.target as AbortSignal).reason);
  }

  #follow(signal: AbortSignal): void {
    if (this.#followed?.has(signal)) return;
    this.#followed ??= new Set();
    this.#followed.add(signal);
    signal.addEventListener("abort", this, { once: true });
  }

  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
    this.onAbort?.(reason);
  }

  get correlationId(): string {
    this.#correlationId ??=
      this.options?.metadata?.correlationId ??
      (this.outer ?? this.parent?.dispatch)?.correlationId ??
      crypto.randomUUID();
    return this.#correlationId;
  }

  /** The id of the message that led to the one that was dispatched. */
  get causationId(): string | undefined {
    return (
      this.options?.metadata?.causationId ??
      (this.outer ? this.outer.causationId : this.parent && messageIdOf(this.parent.message))
    );
  }

  get headers(): Headers {
    const inherited = (this.outer ?? this.parent?.dispatch)?.headers;
    const given = this.options?.metadata?.headers;
    return given === undefined ? (inherited ?? noHeaders) : { ...inherited, ...given };
  }

  /** The scope that all handlers of this dispatch share, opened when it is first asked for; `undefined` when they share none. */
  get sharedScope(): ContainerScope | undefined {
    if (this.#isChange) return this.outer?.sharedScope;
    if (this.#scope === undefined && this.runtime.scope === "dispatch") {
      this.#scope = this.runtime.container?.createScope?.();
    }
    return this.#scope;
  }

  /** Whether its event handlers share one unit of work, and so run one at a time (rule U2). */
  get sharesScope(): boolean {
    if (this.#isChange) return this.outer?.sharesScope ?? false;
    return (
      this.#scope !== undefined || (this.runtime.scope === "dispatch" && this.runtime.container !== undefined)
    );
  }

  /** Whether {@link close} has anything to wait for. */
  get ownsScope(): boolean {
    return this.#scope !== undefined && !this.#closed && this.#scope !== this.options?.scope;
  }

  /** Closes the unit of work; rejects when that fails and no failure led here. */
  async close(failure: Failure | undefined): Promise<void> {
    if (!this.ownsScope) return;
    this.#closed = true;
    await closeScope(this.#scope as ContainerScope, failure, this.runtime);
  }

  /** The dispatch as a middleware changed it for what it wraps. */
  change(options: DispatchOptions): Dispatch {
    const changed = new Dispatch(this.runtime, this.message, this.parent, options, this);
    changed.#isChange = true;
    return changed;
  }

  /** Leaves the list of what is under way, and the signals that it follows; asking for its signal follows them again. */
  end(): void {
    if (this.#followed !== undefined) {
      for (const signal of this.#followed) signal.removeEventListener("abort", this);
      this.#followed = undefined;
    }
    const { outer } = this;
    if (outer !== undefined && outer.#isChange) outer.end();
    if (this.listed) this.runtime.active.delete(this);
  }
}
