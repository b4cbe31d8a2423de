import fc from "fast-check";
import { test } from "vitest";
import { runSchedule } from "./schedule.fixture.js";
import { plans } from "./schedule-plan.fixture.js";

// How many schedules, and how to see a failure again: SLUICE_SCHEDULES=10000, SLUICE_SEED=…, SLUICE_PATH=… as they
// were printed. `npm run schedules` is the full run.
const { SLUICE_SCHEDULES, SLUICE_SEED, SLUICE_PATH, npm_lifecycle_event } = process.env;
const isFullRun = SLUICE_SCHEDULES !== undefined || npm_lifecycle_event === "schedules";
const numRuns = Number(SLUICE_SCHEDULES ?? (isFullRun ? 10_000 : 300));

/** In what order pauses end: first come, first served (which is what a failure is shrunk to, if it can be), or any. */
const inTurn = Array.from({ length: 5_000 }, (_, n) => n + 1);
const orders = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant("in turn" as const) },
  { weight: 19, arbitrary: fc.scheduler() },
);

const name = "is lost, doubled, out of order or left behind, whatever consumers, handlers and signals do";

test(`nothing ${name} (S1 to S11, E1 to E7, E9 to E11, R1, U1, U2)`, {
  timeout: 60_000 + numRuns * 100,
}, async () => {
  const work = { items: 0, events: 0, handled: 0, faults: 0 };
  const found = { lost: 0, duplicated: 0, orderViolations: 0, otherViolations: 0 };
  const property = fc.asyncProperty(plans, orders, async (plan, order) => {
    const scheduler = order === "in turn" ? fc.schedulerFor(inTurn) : order;
    const log = await runSchedule(plan, scheduler);
    work.items += log.delivered;
    work.events += log.emitted;
    work.handled += log.handled;
    work.faults += log.faults;
    Object.assign(found, log.counts);
    if (log.violations.length > 0) {
      throw new Error(log.violations.map(({ kind, what }) => `${kind}: ${what}`).join("\n"));
    }
  });
  const details = await fc.check(property, {
    numRuns,
    // Else half of the plans would be next to empty.
    unbiased: true,
    ...(SLUICE_SEED && { seed: Number(SLUICE_SEED) }),
    ...(SLUICE_PATH && { path: SLUICE_PATH }),
  });
  if (isFullRun) {
    const { seed, numRuns: schedules } = details;
    console.log(JSON.stringify({ suite: "streams", seed, schedules, ...work, ...found }));
  }
  if (details.failed) {
    throw new Error(`${(details.errorInstance as Error).message}\n\n${fc.defaultReportMessage(details)}`);
  }
});
