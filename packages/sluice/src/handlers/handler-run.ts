import type { ContainerScope } from "../containers/container.js";
import type { AbstractClass } from "../messages/class.js";
import { type Event, eventKind } from "../messages/event.js";
import { messageIdOf } from "../messages/message-id.js";
import type { Metadata } from "../messages/metadata.js";
import { closeScope, type Failure } from "./close-scope.js";
import {
  type CollectingHandler,
  isCollecting,
  startCollecting,
  stopCollecting,
  takeCollected,
} from "./collecting-handler.js";
import type { ContextMediator } from "./context-mediator.js";
import type { Dispatch } from "./dispatch.js";
import { attach, detach, EmittingHandler } from "./emitting-handler.js";
import type { HandlerContext, StreamResume } from "./handler-context.js";
import {
  EmitOutsideHandlerError,
  InvalidEventError,
  NoBrokerError,
  ResolveOutsideHandlerError,
} from "./handler-errors.js";
import type { Lineage, SlotHolder } from "./lineage.js";
import type { Logger } from "./logger.js";
import { openScope } from "./open-scope.js";
import { resolveIn } from "./resolve-in.js";

/** Names what handles: a handler made ready, or a way that events go. */
export interface Named {
  readonly name: string;
}

/** What most runs never ask for; a small run is a quick one. */
class Extras {
  emit: ((event: Event) => void) | undefined = undefined;
  scope: ContainerScope | undefined;
  /** An instance that may outlive the run, to be let go of at its end. */
  attached: EmittingHandler | undefined;
  collecting: CollectingHandler | undefined;
  /** The run that this one is a fork of. */
  origin: HandlerRun | undefined;
  resume: StreamResume | undefined;
}

/** One run of one handler: the context it is given, the events it emits, the scope it is resolved in. */
export class HandlerRun implements HandlerContext, Lineage {
  readonly dispatch: Dispatch;
  #emitted: Event[] | undefined;
  #ended = false;
  #extras: Extras | undefined;

  constructor(
    /** `undefined`: the run is itself the dispatch. */
    dispatch: Dispatch | undefined,
    readonly message: object,
    /** The run that emitted the event which this run handles. */
    readonly cause: HandlerRun | undefined,
    readonly handler: Named,
  ) {
    this.dispatch = dispatch ?? (this as unknown as Dispatch);
  }

  get #more(): Extras {
    this.#extras ??= new Extras();
    return this.#extras;
  }

  get handlerName(): string {
    return this.handler.name;
  }

  get slotHolder(): SlotHolder | undefined {
    return (this.#extras?.origin ?? this.dispatch).slotHolder;
  }

  get signal(): AbortSignal {
    return this.dispatch.signal;
  }

  get metadata(): Metadata {
    return {
      correlationId: this.dispatch.correlationId,
      causationId: this.cause
        ? (this.dispatch.changedCausationId ?? messageIdOf(this.cause.message))
        : this.dispatch.causationId,
      messageId: messageIdOf(this.message),
      headers: this.dispatch.headers,
    };
  }

  get mediator(): ContextMediator {
    return this.dispatch.runtime.mediatorFor(this);
  }

  /** The mediator's, for middleware. */
  get logger(): Logger {
    return this.dispatch.runtime.logger;
  }

  get emit(): (event: Event) => void {
    const more = this.#more;
    more.emit ??= (event) => this.collect(event);
    return more.emit;
  }

  get resolve(): <T>(token: AbstractClass<T>) => Promise<T> {
    return async (token) => {
      if (this.#ended) throw new ResolveOutsideHandlerError(token, this.handlerName);
      return resolveIn(this.scope, token);
    };
  }

  get resume(): StreamResume | undefined {
    return this.#extras?.resume;
  }

  set resume(resume: StreamResume | undefined) {
    this.#more.resume = resume;
  }

  /** The scope of the run, opened when it is first asked for; the container itself where there are no scopes. */
  get scope() {
    const { dispatch } = this;
    const { container, scope } = dispatch.runtime;
    const shared = dispatch.sharedScope;
    if (shared !== undefined) return shared;
    if (scope !== "handler" || container?.createScope === undefined) return container;
    const more = this.#more;
    more.scope ??= openScope(container);
    return more.scope;
  }

  /** What a broker may join that writes into the transaction of the dispatch. */
  get unitOfWork(): ContainerScope | undefined {
    return this.dispatch.sharedScope;
  }

  /** Ties the run to an instance that may outlive it, or that collects its events itself. */
  serve(instance: object): void {
    if (instance instanceof EmittingHandler) {
      attach(instance, this);
      this.#more.attached = instance;
    }
    if (isCollecting(instance)) {
      startCollecting(instance);
      this.#more.collecting = instance;
    }
  }

  collect(event: Event): void {
    const kind = eventKind(event);
    if (kind === undefined) throw new InvalidEventError(event, `emit in ${this.handlerName}`);
    if (this.#ended) throw new EmitOutsideHandlerError(event, this.handlerName);
    if (kind === "notification" && !this.dispatch.runtime.hasBroker) throw new NoBrokerError(event);
    if (this.#emitted === undefined) this.#emitted = [event];
    else this.#emitted.push(event);
  }

  /** What was emitted and not yet taken. */
  get emitted(): readonly Event[] {
    return this.#emitted ?? [];
  }

  /** Takes what was emitted since the last time; `undefined` when nothing was. */
  take(): readonly Event[] | undefined {
    this.gather();
    const emitted = this.#emitted;
    this.#emitted = undefined;
    return emitted;
  }

  /** Takes over what the handler keeps itself, so that it stands before what is emitted from now on. */
  gather(): void {
    const collecting = this.#extras?.collecting;
    if (collecting !== undefined) this.#collectFrom(collecting);
  }

  discard(): void {
    this.#emitted = undefined;
  }

  #collectFrom(handler: CollectingHandler): void {
    for (const event of takeCollected(handler)) this.collect(event);
  }

  /** A run of another handler on behalf of this one: a link of a chain, a primary, its fallback. */
  fork(handler: Named, dispatch = this.dispatch, message = this.message): HandlerRun {
    const fork = new HandlerRun(dispatch, message, this.cause, handler);
    fork.#more.origin = this;
    return fork;
  }

  /** Takes over what a fork emitted. */
  absorb(fork: HandlerRun): void {
    for (const event of fork.take() ?? []) this.collect(event);
  }

  /** Whether {@link take} may have something to give. */
  get hasEvents(): boolean {
    return this.#emitted !== undefined || this.#extras?.collecting !== undefined;
  }

  /** Whether nothing is left to do after the handler: it asked for nothing, and emitted nothing. */
  get isPlain(): boolean {
    return this.#emitted === undefined && this.#extras === undefined;
  }

  /**
   * Whether what the handler sends through any reference to the mediator must be known as its own (rule E5). A
   * request that came from outside without metadata or signal has nothing to hand on but a fresh correlation id, and
   * is spared the cost, which is several times that of a `send`.
   */
  get entersLineage(): boolean {
    const { runtime, parent, handsOn } = this.dispatch;
    return runtime.lineage !== undefined && (parent !== undefined || handsOn);
  }

  enter<T>(body: (run: this) => T): T {
    const { lineage } = this.dispatch.runtime;
    return lineage === undefined ? body(this) : lineage.run(this, () => body(this));
  }

  /** Whether ending the run has to be awaited. */
  get holdsScope(): boolean {
    return this.#extras?.scope !== undefined;
  }

  /** Ends the run: nothing can be emitted any more. What was emitted stays to be taken, unless the run failed. */
  end(failure?: Failure): void {
    if (this.#ended) return;
    if (this.#extras !== undefined) this.#letGo(this.#extras, failure);
    this.#ended = true;
    if (failure !== undefined) this.discard();
  }

  #letGo(extras: Extras, failure: Failure | undefined): void {
    const { attached, collecting } = extras;
    extras.attached = extras.collecting = undefined;
    try {
      if (collecting !== undefined && failure === undefined) this.#collectFrom(collecting);
    } finally {
      if (collecting !== undefined) stopCollecting(collecting);
      if (attached !== undefined) detach(attached, this);
    }
  }

  /** Ends the run and closes its scope; rejects when that fails and no failure led here. */
  async close(failure?: Failure): Promise<void> {
    this.end(failure);
    const extras = this.#extras;
    const scope = extras?.scope;
    if (extras === undefined || scope === undefined) return;
    extras.scope = undefined;
    await closeScope(scope, failure, this.dispatch.runtime);
  }
}
