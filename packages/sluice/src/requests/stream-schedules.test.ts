import fc from "fast-check";
import { test } from "vitest";
import { runSchedule } from "./schedule.fixture.js";
import { plans } from "./schedule-plan.fixture.js";

const { SLUICE_SCHEDULES, SLUICE_SEED, SLUICE_PATH } = process.env;
const isFullRun = SLUICE_SCHEDULES !== undefined;
/** In what order pauses end: first come, first served (which is what a failure is shrunk to, if it can be), or any. */
const inTurn = Array.from({ length: 5_000 }, (_, n) => n + 1);
const orders = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant("in turn" as const) },
  { weight: 19, arbitrary: fc.scheduler() },
);
const numRuns = Number(SLUICE_SCHEDULES ?? 300);

test(
  "whatever consumers, handlers and signals do, nothing is lost, doubled, mixed up or left behind (S2 to S11, E2 to E8, R1, U1, U2)",
  async () => {
    const sums = { items: 0, events: 0, handled: 0, faults: 0, peak: 0 };
    const last = { lost: 0, duplicated: 0, order: 0, other: 0 };
    const property = fc.asyncProperty(plans, orders, async (plan, order) => {
      const scheduler = order === "in turn" ? fc.schedulerFor(inTurn) : order;
      const log = await runSchedule(plan, scheduler);
      sums.items += log.delivered;
      sums.events += log.emitted;
      sums.handled += log.handled;
      sums.faults += log.faults;
      sums.peak = Math.max(sums.peak, log.peak);
      Object.assign(last, { lost: 0, duplicated: 0, order: 0, other: 0 });
      for (const { kind } of log.violations) {
        last[kind === "lost" || kind === "duplicated" || kind === "order" ? kind : "other"]++;
      }
      if (log.violations.length > 0) {
        throw new Error(log.violations.map(({ kind, what }) => `${kind}: ${what}`).join("\n"));
      }
    });
    const details = await fc.check(property, {
      numRuns,
      ...(SLUICE_SEED && { seed: Number(SLUICE_SEED) }),
      ...(SLUICE_PATH && { path: SLUICE_PATH }),
    });
    if (isFullRun) {
      const { seed, numRuns: schedules } = details;
      console.log(JSON.stringify({ suite: "stream-schedules", seed, schedules, ...sums, ...last }));
    }
    if (details.failed) {
      const why = (details.errorInstance as Error).message;
      throw new Error(`${why}\n\n${fc.defaultReportMessage(details)}`);
    }
  },
  60_000 + numRuns * 100,
);
