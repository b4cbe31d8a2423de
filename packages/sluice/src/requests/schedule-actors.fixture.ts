import { ConsumerError } from "./schedule-classes.fixture.js";
import type { Schedule } from "./schedule-handlers.fixture.js";
import type { ScheduleLog } from "./schedule-log.fixture.js";
import type { Abort, Action, Actor } from "./schedule-plan.fixture.js";
import { type End, predict } from "./schedule-prediction.fixture.js";
import type { DispatchRecord } from "./schedule-record.fixture.js";
import { isOfItsEvents, watch } from "./schedule-watch.fixture.js";
import { CloseTimeoutError } from "./stream-errors.js";

type StreamActor = Extract<Actor, { do: "stream" }>;

/** Lets one actor of the plan use the mediator, from its start to its end. */
export async function act(actor: Actor, index: number, schedule: Schedule): Promise<void> {
  const { log } = schedule;
  const name = `${actor.do} ${index}`;
  const work = actor.do === "publish" ? undefined : actor.work;
  const record = log.dispatch(name, work, undefined, "outside", actor.do === "stream" ? actor.readAhead : 0);
  for (let n = 0; n < actor.pauses; n++) await log.pause(`${name} starts`);
  const controller = actor.signal === "none" ? undefined : new AbortController();
  if (controller !== undefined) log.signals.add(controller.signal);
  record.hasSignal = controller !== undefined;
  const consumer = actor.do === "stream" ? new Consumer(schedule, record, actor, controller) : undefined;
  const abort = (reason: Abort["name"]) => {
    if (controller === undefined || controller.signal.aborted) return Promise.resolve();
    log.faults++;
    record.disturbed = true;
    controller.abort(new DOMException("planned", reason));
    return consumer === undefined ? requireAnswered() : consumer.requireAnswered();
  };
  let answered = true;
  const requireAnswered = async () => {
    await tick();
    if (!answered) log.violate("abort", `${name} was left waiting`);
  };
  const aborting = typeof actor.signal === "object" ? abortLater(log, name, actor.signal, abort) : undefined;
  const options = controller === undefined ? {} : { signal: controller.signal };
  if (consumer !== undefined) await consumer.run(abort);
  else {
    const answer =
      actor.do === "send"
        ? watch(record, log.track(name, schedule.mediator.send(schedule.sendRequest(record), options)))
        : actor.do === "publish"
          ? log.track(name, schedule.publish(actor.event, record, schedule.mediator, options))
          : Promise.resolve();
    answered = false;
    const settle = () => {
      answered = true;
    };
    answer.then(settle, settle);
    const end = await answer.then(
      () => "done" as const,
      (error) => endOf(error, record),
    );
    requirePredicted(schedule, actor, record, { items: 0, end });
  }
  await aborting;
}

/** Lets promises settle, and no pause of the schedule end. */
async function tick(): Promise<void> {
  for (let n = 0; n < 30; n++) await Promise.resolve();
}

async function abortLater(
  log: ScheduleLog,
  name: string,
  { pauses, name: reason }: Abort,
  abort: (reason: Abort["name"]) => Promise<void> | undefined,
): Promise<void> {
  for (let n = 0; n < pauses; n++) await log.pause(`${name} aborts`);
  await abort(reason);
}

function endOf(error: unknown, record: DispatchRecord): End {
  return isOfItsEvents(error, record) ? "events failed" : "handler failed";
}

function requirePredicted(
  { log }: Schedule,
  actor: Actor,
  record: DispatchRecord,
  seen: { readonly items: number; readonly end: End },
): void {
  if (record.disturbed || log.closedEarly || log.gaveUp) return;
  const predicted = predict(log.plan, actor.do === "publish" ? actor.event : actor.work);
  if (predicted === undefined) return;
  if (predicted.items === seen.items && predicted.end === seen.end) return;
  const text = ({ items, end }: typeof seen) => `${items} items, ${end}`;
  log.violate("result", `${record.name}: ${text(seen)}; expected ${text(predicted)}`);
}

interface Call {
  readonly method: Action["call"];
  readonly number: number;
  settled: boolean;
}

/** Uses one stream as its actor says, and looks at every answer. */
class Consumer {
  readonly #schedule: Schedule;
  readonly #record: DispatchRecord;
  readonly #actor: StreamActor;
  readonly #stream: AsyncGenerator<number> & AsyncDisposable;
  readonly #calls: Call[] = [];
  readonly #outstanding = new Set<Promise<void>>();
  #items = 0;
  #lastAnswered = 0;
  #end: End | undefined = undefined;
  #started = false;

  constructor(
    schedule: Schedule,
    record: DispatchRecord,
    actor: StreamActor,
    controller: AbortController | undefined,
  ) {
    this.#schedule = schedule;
    this.#record = record;
    this.#actor = actor;
    const { readAhead } = actor;
    this.#stream = schedule.mediator.stream(schedule.streamRequest(record), {
      readAhead,
      signal: controller?.signal,
    });
  }

  async run(abort: (reason: Abort["name"]) => Promise<void> | undefined): Promise<void> {
    const { log } = this.#schedule;
    const record = this.#record;
    for (const action of this.#actor.actions) {
      for (let n = 0; n < action.pauses; n++) await log.pause(`${record.name} consumes`);
      const answered = action.call === "abort" ? abort("AbortError") : this.#call(action.call);
      if (action.awaited) await answered;
    }
    if (this.#actor.finish === "drain") {
      while (this.#end === undefined && this.#calls.length < 100) await this.#call("next");
    } else if (this.#started) await this.#call("return");
    await Promise.all(this.#outstanding);
    if (!this.#started) {
      if (record.run !== undefined)
        log.violate("left behind", `${record.name} was never started, its handler was`);
      return;
    }
    await this.#call("next");
    if (this.#end === undefined) log.violate("result", `${record.name} never came to an end`);
    else requirePredicted(this.#schedule, this.#actor, record, { items: this.#items, end: this.#end });
  }

  /** After an abort, nobody may be kept waiting (rule S8). */
  async requireAnswered(): Promise<void> {
    const waiting = this.#calls.filter(({ method, settled }) => method === "next" && !settled);
    await tick();
    if (this.#started) this.#record.stopped = true;
    for (const { number, settled } of waiting) {
      if (!settled)
        this.#schedule.log.violate("abort", `${this.#record.name}: call ${number} was left waiting`);
    }
  }

  #call(method: Exclude<Action["call"], "abort">): Promise<void> {
    const { log } = this.#schedule;
    const record = this.#record;
    const call: Call = { method, number: this.#calls.length + 1, settled: false };
    this.#calls.push(call);
    const answer = log.track(`${record.name} ${method}()`, this.#make(method));
    const done = this.#see(call, answer).finally(() => this.#outstanding.delete(done));
    this.#outstanding.add(done);
    return done;
  }

  #make(method: Exclude<Action["call"], "abort">): Promise<IteratorResult<number> | undefined> {
    const stream = this.#stream;
    const record = this.#record;
    if (method === "next") {
      this.#started = true;
      record.pulls++;
      return stream.next();
    }
    this.#schedule.log.faults++;
    record.disturbed = true;
    if (method === "throw") {
      record.pulls++;
      return stream.throw(new ConsumerError("thrown in"));
    }
    const left =
      method === "return"
        ? stream.return(undefined)
        : Promise.resolve(stream[Symbol.asyncDispose]()).then(() => undefined);
    void tick().then(() => {
      if (this.#started) record.stopped = true;
    });
    return left;
  }

  async #see(call: Call, answer: Promise<IteratorResult<number> | undefined>): Promise<void> {
    const record = this.#record;
    const { log } = this.#schedule;
    const { method, number } = call;
    if (method === "return" || method === "dispose") {
      await answer.then(
        () => record.requireQuiet(`${method}() resolved`),
        (error) => {
          log.tell(error);
          if (!(error instanceof CloseTimeoutError))
            record.requireQuiet(`${method}() rejected with ${error}`);
        },
      );
      call.settled = true;
      this.#end ??= "done";
      return;
    }
    const endedBefore = this.#end;
    let result: IteratorResult<number> | undefined;
    try {
      result = (await watch(
        record,
        answer as Promise<IteratorResult<number>>,
        () => this.#items,
      )) as typeof result;
    } catch (error) {
      call.settled = true;
      this.#inTurn(number);
      if (method === "throw" && error instanceof ConsumerError) this.#end ??= "handler failed";
      else this.#close(endOf(error, this.#record), number);
      return;
    }
    call.settled = true;
    this.#inTurn(number);
    if (result?.done === false) {
      if (this.#end !== undefined && endedBefore !== undefined)
        log.violate("order", `${record.name}: an item came after the end`);
      this.#items++;
    } else this.#end ??= "done";
  }

  #inTurn(number: number): void {
    if (number < this.#lastAnswered) {
      this.#schedule.log.violate("order", `${this.#record.name}: call ${number} was answered out of turn`);
    }
    this.#lastAnswered = number;
  }

  #close(end: End, number: number): void {
    if (this.#end !== undefined && !this.#record.disturbed) {
      this.#schedule.log.violate("result", `${this.#record.name}: call ${number} failed after the end`);
    }
    this.#end ??= end;
  }
}
