import type fc from "fast-check";
import { act } from "./schedule-actors.fixture.js";
import { Schedule } from "./schedule-handlers.fixture.js";
import { ScheduleLog } from "./schedule-log.fixture.js";
import type { EventPlan, Plan } from "./schedule-plan.fixture.js";
import { CloseTimeoutError } from "./stream-errors.js";

const { setImmediate: turn, setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;

/** Lets everything go on that can, without any pause of the schedule ending. */
const settle = () => new Promise<void>((resolve) => turn(resolve));

/** Runs a plan in the order that the scheduler chooses, and looks at everything when it is over. */
export async function runSchedule(plan: Plan, scheduler: fc.Scheduler): Promise<ScheduleLog> {
  const log = new ScheduleLog(plan, scheduler);
  const timers = new Timers(log);
  const onRejection = (reason: unknown) => log.violate("rejection", `nobody listened to ${reason}`);
  process.on("unhandledRejection", onRejection);
  timers.install();
  try {
    const schedule = new Schedule(log);
    for (const [index, actor] of plan.actors.entries()) {
      log.track(`actor ${index}`, act(actor, index, schedule)).catch((error) => {
        log.violate("result", `actor ${index} failed: ${error?.stack}`);
      });
    }
    if (plan.closesAfter !== undefined) {
      log.track("close()", closeLater(schedule, plan.closesAfter)).catch(() => {});
    }
    await drive(log);
    if (log.pending.size === 0 && plan.closesAfter === undefined) await requireAllSlots(schedule);
    if (log.pending.size === 0) {
      log.track("close()", schedule.mediator.close()).catch((error) => requireGraceTime(log, error));
      await drive(log);
    }
    await settle();
    for (const name of log.pending) log.violate("deadlock", `${name} never settled`);
    if (log.pending.size === 0) {
      log.requireNothingLeft();
      if (timers.count > 0) log.violate("left behind", `${timers.count} timers`);
    }
  } finally {
    timers.uninstall();
    process.off("unhandledRejection", onRejection);
  }
  return log;
}

/** Lets the schedule go on, one pause or a burst of them at a time, until nobody waits for it any more. */
async function drive({ plan, scheduler }: ScheduleLog): Promise<void> {
  for (let round = 0; ; round++) {
    await settle();
    if (scheduler.count() === 0) return;
    const burst = plan.bursts[round % plan.bursts.length] ?? 0;
    await scheduler.waitOne();
    for (let n = 0; n < burst && scheduler.count() > 0; n++) await scheduler.waitOne();
  }
}

async function closeLater({ log, mediator }: Schedule, pauses: number): Promise<void> {
  for (let n = 0; n < pauses; n++) await log.pause("close");
  log.closedEarly = true;
  await mediator.close().catch((error) => requireGraceTime(log, error));
}

function requireGraceTime(log: ScheduleLog, error: unknown): void {
  if (!(error instanceof CloseTimeoutError && log.gaveUp)) log.violate("result", `close() failed: ${error}`);
}

/** When all is over, every slot and every lane must be free: so many handlers start at once, and not one more. */
async function requireAllSlots(schedule: Schedule): Promise<void> {
  const { log } = schedule;
  const { limit } = log.plan;
  const slow: EventPlan = { kind: 0, key: 0, handlers: [] };
  const step = { steps: [{ do: "pause" }], honours: false } as const;
  for (let n = 0; n <= limit; n++) {
    const record = log.dispatch(`slot ${n}`, undefined);
    log
      .track(record.name, schedule.publish({ ...slow, kind: 1, key: -1 - n, handlers: [step] }, record))
      .catch(() => {});
  }
  await settle();
  if (log.running.size !== limit)
    log.violate("limit", `${log.running.size} of ${limit} slots were free at the end`);
  await drive(log);
  const idle = { steps: [], honours: false } as const;
  for (const key of [0, 1]) {
    const plans: EventPlan[] = [
      { kind: 3, key, handlers: [idle, idle, idle] },
      { kind: "notification", key, handlers: [idle] },
    ];
    for (const plan of plans) {
      const record = log.dispatch(`lane ${key} of ${plan.kind}`, undefined);
      log.track(record.name, schedule.publish(plan, record)).catch(() => {});
    }
  }
  await drive(log);
}

/** Stands in for the clock: a timer ends when the schedule says so, where the plan lets it, else never. */
class Timers {
  readonly #active = new Set<number>();
  readonly #log: ScheduleLog;
  #last = 0;

  constructor(log: ScheduleLog) {
    this.#log = log;
  }

  get count(): number {
    return this.#active.size;
  }

  install(): void {
    globalThis.setTimeout = ((callback: (...given: unknown[]) => void, _ms: number, ...given: unknown[]) => {
      const id = ++this.#last;
      this.#active.add(id);
      if (this.#log.plan.impatient) void this.#fire(id, () => callback(...given));
      return id;
    }) as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((id: number) => this.#active.delete(id)) as unknown as typeof clearTimeout;
  }

  async #fire(id: number, callback: () => void): Promise<void> {
    await this.#log.pause("timer");
    if (!this.#active.delete(id)) return;
    this.#log.gaveUp = true;
    this.#log.faults++;
    callback();
  }

  uninstall(): void {
    globalThis.setTimeout = realSetTimeout;
    globalThis.clearTimeout = realClearTimeout;
  }
}
