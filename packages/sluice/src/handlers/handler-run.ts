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
import { EmitOutsideHandlerError, InvalidEventError, NoBrokerError } from "./handler-errors.js";
import type { Lineage, SlotHolder } from "./lineage.js";
import { resolveIn } from "./resolve-in.js";

/** One run of one handler: the context it is given, the events it emits, the scope it is resolved in. */
export class HandlerRun implements HandlerContext, Lineage {
  #emitted: Event[] | undefined = undefined;
  #ended = false;
  #emit: ((event: Event) => void) | undefined = undefined;
  #scope: ContainerScope | undefined = undefined;
  /** An instance that may outlive the run, to be let go of at its end. */
  #attached: EmittingHandler | undefined = undefined;
  #collecting: CollectingHandler | undefined = undefined;
  /** The run that this one is a fork of. */
  #origin: HandlerRun | undefined = undefined;
  resume: StreamResume | undefined = undefined;

  constructor(
    readonly dispatch: Dispatch,
    readonly message: object,
    /** The run that emitted the event which this run handles. */
    readonly cause: HandlerRun | undefined,
    readonly handlerName: string,
  ) {}

  get slotHolder(): SlotHolder | undefined {
    return this.#origin === undefined ? this.dispatch.slotHolder : this.#origin.slotHolder;
  }

  get signal(): AbortSignal {
    return this.dispatch.signal;
  }

  get metadata(): Metadata {
    return {
      correlationId: this.dispatch.correlationId,
      causationId: this.cause ? messageIdOf(this.cause.message) : this.dispatch.causationId,
      messageId: messageIdOf(this.message),
      headers: this.dispatch.headers,
    };
  }

  get mediator(): ContextMediator {
    return this.dispatch.runtime.mediatorFor(this);
  }

  get emit(): (event: Event) => void {
    this.#emit ??= (event) => this.collect(event);
    return this.#emit;
  }

  get resolve(): <T>(token: AbstractClass<T>) => Promise<T> {
    return async (token) => resolveIn(this.scope, token);
  }

  /** The scope of the run, opened when it is first asked for; the container itself where there are no scopes. */
  get scope() {
    const { dispatch } = this;
    const { container, scope } = dispatch.runtime;
    const shared = dispatch.sharedScope;
    if (shared !== undefined) return shared;
    if (scope === "handler") this.#scope ??= container?.createScope?.();
    return this.#scope ?? container;
  }

  /** Ties the run to the instance that it runs; `fresh` when the instance was made for this very run. */
  serve(instance: object, fresh: boolean): void {
    if (instance instanceof EmittingHandler) {
      attach(instance, this);
      if (!fresh) this.#attached = instance;
    }
    if (isCollecting(instance)) {
      startCollecting(instance);
      this.#collecting = instance;
    }
  }

  collect(event: Event): void {
    const kind = eventKind(event);
    if (kind === undefined) throw new InvalidEventError(event, this.handlerName);
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
    if (this.#collecting !== undefined) this.#collectFrom(this.#collecting);
    const emitted = this.#emitted;
    this.#emitted = undefined;
    return emitted;
  }

  discard(): void {
    this.#emitted = undefined;
  }

  #collectFrom(handler: CollectingHandler): void {
    for (const event of takeCollected(handler)) this.collect(event);
  }

  /** A run of another handler on behalf of this one: a link of a chain, a primary, its fallback. */
  fork(handlerName: string, dispatch = this.dispatch, message = this.message): HandlerRun {
    const fork = new HandlerRun(dispatch, message, this.cause, handlerName);
    fork.#origin = this;
    return fork;
  }

  /** Takes over what a fork emitted. */
  absorb(fork: HandlerRun): void {
    for (const event of fork.take() ?? []) this.collect(event);
  }

  /** Whether {@link take} may have something to give. */
  get hasEvents(): boolean {
    return this.#emitted !== undefined || this.#collecting !== undefined;
  }

  /** Whether nothing is left to do after the handler: no event, no scope. */
  get isPlain(): boolean {
    return !this.hasEvents && this.#scope === undefined && !this.dispatch.ownsScope;
  }

  /**
   * Whether what the handler sends through any reference to the mediator must be known as its own (rule E5). A
   * request that came from outside without metadata has nothing to hand on but a fresh correlation id, and is spared
   * the cost, which is several times that of a `send`.
   */
  get entersLineage(): boolean {
    const { runtime, parent, outer, options } = this.dispatch;
    return (
      runtime.lineage !== undefined && (parent ?? outer?.options?.metadata ?? options?.metadata) !== undefined
    );
  }

  enter<T>(body: () => T): T {
    const { lineage } = this.dispatch.runtime;
    return lineage === undefined ? body() : lineage.run(this, body);
  }

  /** Whether ending the run has to be awaited. */
  get holdsScope(): boolean {
    return this.#scope !== undefined;
  }

  /** Ends the run: nothing can be emitted any more. What was emitted stays to be taken, unless the run failed. */
  end(failure?: Failure): void {
    if (this.#ended) return;
    const attached = this.#attached;
    const collecting = this.#collecting;
    this.#attached = this.#collecting = undefined;
    try {
      if (collecting !== undefined && failure === undefined) this.#collectFrom(collecting);
    } finally {
      this.#ended = true;
      if (failure !== undefined) this.discard();
      if (collecting !== undefined) stopCollecting(collecting);
      if (attached !== undefined) detach(attached, this);
    }
  }

  /** Ends the run and closes its scope; rejects when that fails and no failure led here. */
  async close(failure?: Failure): Promise<void> {
    this.end(failure);
    const scope = this.#scope;
    if (scope === undefined) return;
    this.#scope = undefined;
    await closeScope(scope, failure, this.dispatch.runtime);
  }
}
