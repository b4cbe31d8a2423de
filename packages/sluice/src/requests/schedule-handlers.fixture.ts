import type { Message } from "../brokers/message.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { Container, ContainerScope } from "../containers/container.js";
import type { ContextMediator } from "../handlers/context-mediator.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { bootstrap } from "../mediator/bootstrap.js";
import type { Mediator } from "../mediator/mediator.js";
import type { AbstractClass, Class } from "../messages/class.js";
import type { Command } from "../messages/command.js";
import type { Event } from "../messages/event.js";
import {
  CollectingSendHandler,
  CollectingStreamHandler,
  ConsumerError,
  type Emit,
  Heard1,
  Heard2,
  Heard3,
  middlewares,
  PlannedError,
  SecondHandler,
  SendClass,
  SendCollecting,
  SendFunction,
  SendHandler,
  StreamClass,
  StreamCollecting,
  StreamFunction,
  StreamHandler,
  ThirdHandler,
  Told,
  Tool,
  Unheard,
} from "./schedule-classes.fixture.js";
import type { ScheduleLog } from "./schedule-log.fixture.js";
import type { EventPlan, Step, WorkPlan } from "./schedule-plan.fixture.js";
import type { DispatchRecord, Emission, Run, ScopeRecord } from "./schedule-record.fixture.js";
import { watch } from "./schedule-watch.fixture.js";
import { CloseTimeoutError } from "./stream-errors.js";

/** A mediator whose handlers do what the plan says, with everything they do written to a log. */
export class Schedule {
  readonly mediator: Mediator;
  /** Whether one instance of a handler serves all dispatches. */
  readonly isShared: boolean;

  constructor(readonly log: ScheduleLog) {
    const { plan } = log;
    const hasContainer = plan.scope !== "none" || plan.container !== "absent";
    this.isShared = hasContainer && plan.container === "singleton";
    const keyOf = (index: number) => ({
      orderBy: ({ emission }: Heard1) => (plan.ordered[index] ? emission.plan.key : undefined),
    });
    this.mediator = bootstrap({
      container: hasContainer ? this.#container() : undefined,
      commandsMapper: (map) =>
        map
          .bind(StreamFunction, ({ record }, context) =>
            this.stream(record, context, context.emit, undefined),
          )
          .bind(StreamClass, StreamHandler)
          .bind(StreamCollecting, CollectingStreamHandler)
          .bind(SendFunction, ({ record }, context) => this.answer(record, context, context.emit, undefined))
          .bind(SendClass, SendHandler)
          .bind(SendCollecting, CollectingSendHandler),
      domainEventsMapper: (map) =>
        map
          .bind(
            Heard1,
            ({ emission }, context) => this.handle(emission, 0, context, context.emit, undefined),
            keyOf(0),
          )
          .bind(Heard2, SecondHandler, keyOf(1))
          .bind(Heard3, ThirdHandler, keyOf(2)),
      messageBroker: this.#broker(),
      middlewares: middlewares[plan.middleware],
      maxConcurrentEventHandlers: plan.limit,
      concurrentEventHandleEnable: plan.parallel ? undefined : false,
      onEventError: plan.onEventError,
      onEventSettled: plan.observed ? () => log.told++ : undefined,
      scope: plan.scope,
      reentrancy: plan.reentrancy,
      closeTimeoutMs: 1_000,
      logger: {
        debug: () => {},
        info: () => {},
        error: (details) => {
          for (const value of Object.values(details)) log.tell(value);
        },
        warn: () => log.warnings++,
      },
    });
  }

  #container(): Container {
    const { log } = this;
    const singletons = new Map<unknown, unknown>();
    const make = <T>(token: AbstractClass<T>, scope: ScopeRecord | undefined): T | Promise<T> => {
      if (scope !== undefined && scope.closed > 0)
        log.violate("scope", `scope ${scope.id} was used after its end`);
      let instance = new (token as Class<T & { scope: ScopeRecord | undefined }>)();
      if (this.isShared && (token as unknown) !== Tool) {
        instance = (singletons.get(token) as typeof instance) ?? instance;
        singletons.set(token, instance);
      } else instance.scope = scope;
      return log.plan.slowContainer ? log.pause("resolve").then(() => instance) : instance;
    };
    const open = (): ContainerScope => {
      const scope = log.openScope();
      return {
        resolve: (token) => make(token, scope),
        close: async (error) => {
          if (log.plan.slowContainer) await log.pause("close scope");
          log.closeScope(scope, error);
        },
      };
    };
    return { resolve: (token) => make(token, undefined), createScope: open };
  }

  #broker(): MessageBroker {
    return {
      publish: async ([message]) => {
        const { emission } = (message as Message).payload as { emission: Emission };
        await this.handle(emission, 0, undefined, undefined, undefined);
      },
      close: async () => {},
    };
  }

  streamRequest(record: DispatchRecord): Command<number> {
    const { style } = record.work as WorkPlan;
    if (style === "function") return new StreamFunction(this, record);
    return style === "class" ? new StreamClass(this, record) : new StreamCollecting(this, record);
  }

  sendRequest(record: DispatchRecord): Command<string> {
    const { style } = record.work as WorkPlan;
    if (style === "function") return new SendFunction(this, record);
    return style === "class" ? new SendClass(this, record) : new SendCollecting(this, record);
  }

  event(emission: Emission): Event {
    if (emission.plan.kind === "notification") return new Told(this, emission);
    const classes = { 0: Unheard, 1: Heard1, 2: Heard2, 3: Heard3 } as const;
    return new classes[emission.plan.kind](this, emission);
  }

  async *stream(
    record: DispatchRecord,
    context: HandlerContext,
    emit: Emit,
    scope: ScopeRecord | undefined,
  ): AsyncGenerator<number, void, void> {
    const { log } = this;
    const plan = record.work as WorkPlan;
    const run = this.#start(log.startBody(record), scope);
    if (log.plan.observed) log.requireCause(record, context.metadata);
    try {
      if (plan.resolves) await this.#resolve(run, context);
      for (const step of plan.body) {
        if (step.do !== "yield") await this.#perform(step, run, context, emit, plan.honours);
        else {
          log.requireWithin(record);
          try {
            yield record.yields++;
          } catch (error) {
            if (!(plan.catches && error instanceof ConsumerError)) throw error;
          }
          log.requireWithin(record);
        }
      }
    } catch (error) {
      run.failure = { error };
      throw error;
    } finally {
      yield* this.#finally(plan, run, context, emit);
    }
  }

  async answer(
    record: DispatchRecord,
    context: HandlerContext,
    emit: Emit,
    scope: ScopeRecord | undefined,
  ): Promise<string> {
    const { log } = this;
    const plan = record.work as WorkPlan;
    const run = this.#start(log.startBody(record), scope);
    if (log.plan.observed) log.requireCause(record, context.metadata);
    try {
      if (plan.resolves) await this.#resolve(run, context);
      for (const step of plan.body) await this.#perform(step, run, context, emit, plan.honours);
      return record.name;
    } catch (error) {
      run.failure = { error };
      throw error;
    } finally {
      await this.#finally(plan, run, context, emit).next();
    }
  }

  /** What a handler does in its `finally`. */
  async *#finally(
    plan: WorkPlan,
    run: Run,
    context: HandlerContext,
    emit: Emit,
  ): AsyncGenerator<number, void, void> {
    const { log } = this;
    try {
      for (const step of plan.finally) {
        if (step.do !== "yield") await this.#perform(step, run, context, emit, false);
        else {
          // A consumer that leaves here makes JavaScript forget what the body threw.
          log.tell(run.failure?.error);
          yield run.record.yields++;
        }
      }
    } catch (error) {
      // It takes the place of what the body threw, as JavaScript has it.
      log.tell(run.failure?.error);
      run.failure = { error };
      throw error;
    } finally {
      log.end(run);
    }
  }

  /** Without a step it handles the event at once, and throws at once where that is the first step. */
  handle(
    emission: Emission,
    index: number,
    context: HandlerContext | undefined,
    emit: Emit | undefined,
    scope: ScopeRecord | undefined,
  ): unknown {
    const { log } = this;
    const run = this.#start(log.startHandler(emission, index), scope);
    const plan = emission.plan.handlers[index];
    const [first] = plan?.steps ?? [];
    if (plan === undefined || first === undefined) return log.end(run);
    const fail = (error: unknown) => {
      run.failure = { error };
      log.end(run);
      throw error;
    };
    if (first.do === "throw" && log.plan.throws) {
      return fail(log.fail(new PlannedError(run.name)));
    }
    const perform = async () => {
      for (const step of plan.steps) await this.#perform(step, run, context, emit, plan.honours);
    };
    return perform().then(() => log.end(run), fail);
  }

  #start(run: Run, scope: ScopeRecord | undefined): Run {
    run.scope = scope;
    scope?.runs.add(run);
    return run;
  }

  async #resolve(run: Run, context: HandlerContext): Promise<void> {
    const { scope } = await context.resolve(Tool);
    if (scope === undefined) return;
    run.scope = scope;
    scope.runs.add(run);
  }

  async #perform(
    step: Step,
    run: Run,
    context: HandlerContext | undefined,
    emit: Emit | undefined,
    honours: boolean,
  ): Promise<void> {
    const { log } = this;
    if (step.do === "yield") return;
    if (step.do === "throw" && log.plan.throws) {
      throw log.fail(new PlannedError(run.name));
    }
    if (step.do === "pause" || step.do === "throw" || context === undefined) {
      const signal = honours ? context?.signal : undefined;
      if (signal !== undefined) log.signals.add(signal);
      return log.pause(run.name, signal);
    }
    if (step.do === "emit") {
      const emission = log.emission(step.event, run, run.record);
      emit?.(this.event(emission));
      run.emissions.push(emission);
      return;
    }
    const senders = run.lineage;
    for (const sender of senders) sender.waits++;
    const nested = this.#nest(step, run, context).finally(() => {
      for (const sender of senders) sender.waits--;
    });
    if (!step.awaited) {
      log.leftBehind ||= run.emission !== undefined || run.above !== undefined;
      nested.catch(() => {});
      return;
    }
    try {
      await nested;
    } catch (error) {
      if (!step.caught) throw error;
    }
  }

  #nest(
    step: Extract<Step, { do: "send" | "stream" | "publish" }>,
    run: Run,
    context: HandlerContext,
  ): Promise<unknown> {
    const { log } = this;
    const via = log.plan.reentrancy === "auto" ? step.via : "context";
    const mediator: ContextMediator = via === "context" ? context.mediator : this.mediator;
    const options = step.cut ? { signal: null } : {};
    const name = `${step.do} in ${run.name}`;
    const work = step.do === "publish" ? undefined : step.work;
    const record = log.dispatch(name, work, run, via, step.do === "stream" ? step.readAhead : 0);
    if (log.plan.observed) record.cause = causeOf(run, via, context);
    if (step.do === "stream") {
      const stream = mediator.stream(this.streamRequest(record), { ...options, readAhead: step.readAhead });
      return log.track(name, this.#read(stream, record, step.take));
    }
    if (step.do === "send")
      return log.track(name, watch(record, mediator.send(this.sendRequest(record), options)));
    return log.track(name, this.publish(step.event, record, mediator, options));
  }

  /** Sends an event to its handlers. */
  publish(
    plan: EventPlan,
    record: DispatchRecord,
    mediator: ContextMediator = this.mediator,
    options: { readonly signal?: AbortSignal | null } = {},
  ): Promise<void> {
    record.published = this.log.emission(plan, undefined, record);
    return watch(record, mediator.publish(this.event(record.published), options));
  }

  async #read(stream: AsyncGenerator<number>, record: DispatchRecord, take: number): Promise<void> {
    for (let items = 0; ; items++) {
      record.pulls++;
      const result = await watch(record, stream.next(), () => items);
      if (result.done) return;
      if (items + 1 !== take) continue;
      record.disturbed = true;
      this.log.faults++;
      try {
        await stream.return(undefined);
      } catch (error) {
        this.log.tell(error);
        if (error instanceof CloseTimeoutError) throw error;
        record.requireQuiet("return() rejected");
        throw error;
      }
      return record.requireQuiet("return() resolved");
    }
  }
}

/** Whose message caused what a run sends, as far as the mediator can know. */
function causeOf(run: Run, via: "context" | "outside", context: HandlerContext): string | null | undefined {
  const { messageId } = context.metadata;
  if (via === "context") return messageId;
  // Through an outer reference a batch of events is known, not which of its handlers sends; and the handler of a
  // request from outside is not known at all, unless it has a signal to hand on.
  if (run.emission !== undefined) return undefined;
  return run.record.isKnown ? messageId : null;
}
