import type { ContainerScope } from "../containers/container.js";
import { messageIdOf } from "../messages/message-id.js";
import type { Headers } from "../messages/metadata.js";
import { closeScope, type Failure } from "./close-scope.js";
import type { DispatchOptions } from "./context-mediator.js";
import { HandlerRun, type Named } from "./handler-run.js";
import type { Lineage, SlotHolder } from "./lineage.js";
import { openScope } from "./open-scope.js";
import type { RunningEvents, Runtime } from "./runtime.js";

const noHeaders: Headers = Object.freeze({});

type OnAbort = (reason: unknown, isInherited: boolean) => void;

interface AbortOptions {
  /** The consumer leaves, which is no failure. */
  readonly isLeaving?: boolean;
  /** Something of it failed; whoever waits hears of that by another way, and may still be told of an abort. */
  readonly isFailure?: boolean;
  /** It came down from the handler that sent the dispatch, or from the middleware around it. */
  readonly isInherited?: boolean;
}

/** What most dispatches never ask for. */
class Extras {
  /** The unit of work under `scope: "dispatch"`. */
  unit: ContainerScope | undefined;
  unitIsClosed = false;
  controller: AbortController | undefined;
  aborted: Failure | undefined;
  followed: Set<AbortSignal> | undefined;
  onAbort: OnAbort | undefined;
  failure: Failure | undefined;
  correlationId: string | undefined;
  isChange = false;
  inner: InnerStream[] | undefined;
}

/** A stream that a middleware opened inside another; it ends with that one. */
interface InnerStream {
  end(failure: Failure | undefined): Promise<unknown> | undefined;
}

/**
 * One `send`, `stream` or `publish` under way: its signal, its metadata, its unit of work where it has one, each made
 * when it is first asked for. It is itself the run of the handler that it was made for, which spares an object.
 */
export class Dispatch extends HandlerRun {
  /** The events that were in process last. */
  lastEvents: RunningEvents | undefined;
  /** Its place in the mediator's list of what is under way; -1 once it has left, -2 when it never was in it. */
  place = -2;
  #extras: Extras | undefined;

  constructor(
    readonly runtime: Runtime,
    message: object,
    handler: Named,
    /** Where it was sent from. */
    readonly parent: Lineage | undefined,
    readonly options: DispatchOptions | undefined,
    /** The dispatch as the middleware around it sees it. */
    readonly outer: Dispatch | undefined,
  ) {
    super(undefined, message, undefined, handler);
  }

  get #more(): Extras {
    this.#extras ??= new Extras();
    return this.#extras;
  }

  override get slotHolder(): SlotHolder | undefined {
    const holder = this.parent?.slotHolder;
    return holder?.holdsSlot ? holder : undefined;
  }

  /** Whether it is what a middleware made of another dispatch. */
  get isChange(): boolean {
    return this.#extras?.isChange ?? false;
  }

  /** Whether it, or the dispatch that it is a part of, is still in that list. */
  get isUnderWay(): boolean {
    return this.place >= 0 || (this.outer?.isUnderWay ?? false);
  }

  /** Whose signal it inherits. */
  get #source(): Dispatch | undefined {
    return this.outer ?? (this.options?.signal === undefined ? this.parent?.dispatch : undefined);
  }

  /** Why it was aborted; `undefined` while it was not. Asking makes no signal. */
  get aborted(): Failure | undefined {
    if (this.#extras?.aborted !== undefined) return this.#extras.aborted;
    const signal = this.options?.signal;
    return signal?.aborted ? { error: signal.reason } : this.#source?.aborted;
  }

  /** What it, or what it is a part of, was stopped for, so that its work rolls back; a consumer that leaves is no failure. */
  get failure(): Failure | undefined {
    return this.#extras?.failure ?? this.#source?.failure;
  }

  override get signal(): AbortSignal {
    const more = this.#more;
    more.controller ??= new AbortController();
    const { aborted } = this;
    if (aborted !== undefined) more.controller.abort(aborted.error);
    else if (this.place !== -1) {
      this.followOptions();
      const inherited = this.#source?.signal;
      if (inherited !== undefined) this.#follow(inherited);
    }
    return more.controller.signal;
  }

  /** Whether it was given a signal, by its sender or by a middleware. */
  get hasSignal(): boolean {
    return Boolean(this.options?.signal) || (this.outer?.hasSignal ?? false);
  }

  /** Aborts the dispatch when a signal does that it was given, in its options or by the middleware around it. */
  followOptions(given: Dispatch = this): void {
    if (given.options?.signal) this.#follow(given.options.signal);
    if (given.outer?.isChange) this.followOptions(given.outer);
  }

  #follow(signal: AbortSignal): void {
    const more = this.#more;
    if (more.followed?.has(signal)) return;
    more.followed ??= new Set();
    more.followed.add(signal);
    signal.addEventListener("abort", this, { once: true });
  }

  /** As an EventListener of the signals that it follows, which spares a closure. */
  handleEvent(event: globalThis.Event): void {
    const signal = event.target as AbortSignal;
    this.abort(signal.reason, {
      isInherited: signal !== this.options?.signal && signal === this.#source?.signal,
    });
  }

  /** Called once when the outside signal or the mediator aborts the dispatch. */
  set onAbort(onAbort: OnAbort | undefined) {
    this.#more.onAbort = onAbort;
  }

  abort(reason: unknown, { isLeaving, isFailure, isInherited = false }: AbortOptions = {}): void {
    const more = this.#more;
    if (more.aborted === undefined) {
      more.aborted = { error: reason };
      if (!isLeaving && !isInherited) more.failure = more.aborted;
      more.controller?.abort(reason);
    }
    if (isFailure) return;
    const { onAbort } = more;
    more.onAbort = undefined;
    if (!isLeaving) onAbort?.(reason, isInherited);
  }

  /** Whether it was given metadata or a signal, by its sender or by a middleware, which its handler hands on. */
  get handsOn(): boolean {
    const { metadata, signal } = this.options ?? {};
    return metadata !== undefined || Boolean(signal) || (this.outer?.handsOn ?? false);
  }

  get correlationId(): string {
    const more = this.#more;
    more.correlationId ??=
      this.options?.metadata?.correlationId ??
      (this.outer ?? this.parent?.dispatch)?.correlationId ??
      crypto.randomUUID();
    return more.correlationId;
  }

  /** The id of the message that led to the one that was dispatched. */
  get causationId(): string | undefined {
    return (
      this.options?.metadata?.causationId ??
      (this.outer ? this.outer.causationId : this.parent && messageIdOf(this.parent.message))
    );
  }

  /** The causation id that a middleware gave. */
  get changedCausationId(): string | undefined {
    if (!this.isChange) return undefined;
    return this.options?.metadata?.causationId ?? this.outer?.changedCausationId;
  }

  get headers(): Headers {
    const inherited = (this.outer ?? this.parent?.dispatch)?.headers;
    const given = this.options?.metadata?.headers;
    return given === undefined ? (inherited ?? noHeaders) : { ...inherited, ...given };
  }

  /** The scope that all handlers of this dispatch share, opened when it is first asked for; `undefined` when they share none. */
  get sharedScope(): ContainerScope | undefined {
    if (this.isChange) return this.outer?.sharedScope;
    if (this.options?.scope !== undefined) return this.options.scope;
    const { scope, container } = this.runtime;
    if (scope !== "dispatch" || container?.createScope === undefined) return undefined;
    const more = this.#more;
    more.unit ??= openScope(container);
    return more.unit;
  }

  /** Whether its event handlers share one unit of work, and so run one at a time (rule U2). */
  get sharesScope(): boolean {
    if (this.isChange) return this.outer?.sharesScope ?? false;
    return this.options?.scope !== undefined || this.runtime.scope === "dispatch";
  }

  override get isPlain(): boolean {
    return this.#extras === undefined && this.outer === undefined && super.isPlain;
  }

  /** Closes the unit of work; rejects when that fails and no failure led here. */
  async closeUnit(failure: Failure | undefined): Promise<void> {
    const extras = this.#extras;
    if (extras?.unit === undefined || extras.unitIsClosed) return;
    extras.unitIsClosed = true;
    await closeScope(extras.unit, failure, this.runtime);
  }

  /** The dispatch as a middleware changed it for what it wraps. */
  change(options: DispatchOptions): Dispatch {
    const { runtime, message, handler, parent } = this;
    const changed = new Dispatch(runtime, message, handler, parent, options, this);
    changed.#more.isChange = true;
    return changed;
  }

  /** Whether a middleware stands around it whose own dispatch is still under way. */
  get isWithin(): boolean {
    return this.outer !== undefined && (this.outer.place >= 0 || this.outer.isWithin);
  }

  /** Takes note of a stream that a middleware opened inside. */
  contain(stream: InnerStream): void {
    this.#more.inner ??= [];
    this.#more.inner.push(stream);
  }

  /** Ends what middleware opened inside; gives what failed of it, once all have ended. */
  endInner(failure: Failure | undefined): Promise<Failure | undefined> | undefined {
    const ending = this.#extras?.inner?.map((stream) => stream.end(failure));
    if (!ending?.some((promise) => promise !== undefined)) return undefined;
    return Promise.all(ending).then(
      () => undefined,
      (error) => ({ error }),
    );
  }

  /** Leaves the list of what is under way, and the signals that it follows; a change follows them again at its next try. */
  leave(): void {
    if (this.#extras?.followed !== undefined) {
      for (const signal of this.#extras.followed) signal.removeEventListener("abort", this);
      this.#extras.followed = undefined;
    }
    const { outer } = this;
    if (outer?.isChange) outer.leave();
    this.runtime.active.delete(this);
  }
}
