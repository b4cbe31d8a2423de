import type { EventPlan, Plan, Step, WorkPlan } from "./schedule-plan.fixture.js";

/** How a dispatch ends that nobody disturbs. */
export type End = "done" | "handler failed" | "events failed";

export interface Prediction {
  /** How many items are delivered. */
  readonly items: number;
  readonly end: End;
}

/** What a handler does, seen without running it. */
interface Course {
  /** The events before each item. */
  readonly items: readonly (readonly EventPlan[])[];
  /** The events after the last item. */
  readonly tail: readonly EventPlan[];
  readonly throws: boolean;
}

/** The end cannot be told from the plan: it depends on the schedule. */
class Unforeseeable extends Error {}

/** Foretells a dispatch from its plan; `undefined` where the outcome depends on the schedule. */
export function predict(plan: Plan, given: WorkPlan | EventPlan): Prediction | undefined {
  try {
    if ("kind" in given) return { items: 0, end: endOfEvents(plan, [given]) };
    return endOf(plan, given);
  } catch (error) {
    if (error instanceof Unforeseeable) return undefined;
    throw error;
  }
}

function endOf(plan: Plan, work: WorkPlan): Prediction {
  const { items, tail, throws } = follow(plan, work.body, work.finally);
  const failing = items.findIndex((events) => endOfEvents(plan, events) !== "done");
  if (failing >= 0) return { items: failing, end: "events failed" };
  return { items: items.length, end: throws ? "handler failed" : endOfEvents(plan, tail) };
}

function endOfEvents(plan: Plan, events: readonly EventPlan[]): End {
  const fails = events.some((event) => event.handlers.some(({ steps }) => handlerFails(plan, steps)));
  return fails && plan.onEventError === "throw" ? "events failed" : "done";
}

function handlerFails(plan: Plan, steps: readonly Step[]): boolean {
  const { tail, throws } = follow(plan, steps, []);
  return throws || tail.some(({ handlers }) => handlers.some((handler) => handlerFails(plan, handler.steps)));
}

function follow(plan: Plan, body: readonly Step[], end: readonly Step[]): Course {
  const items: (readonly EventPlan[])[] = [];
  let tail: EventPlan[] = [];
  const goesThrough = (steps: readonly Step[]): boolean => {
    for (const step of steps) {
      if (step.do === "yield") {
        items.push(tail);
        tail = [];
      } else if (step.do === "emit") tail.push(step.event);
      else if (step.do === "throw") {
        if (plan.throws) return false;
      } else if (step.do !== "pause" && step.awaited && !step.caught && nestedFails(plan, step)) return false;
    }
    return true;
  };
  const bodyEnds = goesThrough(body);
  const finallyEnds = goesThrough(end);
  return { items, tail, throws: !(bodyEnds && finallyEnds) };
}

function nestedFails(plan: Plan, step: Extract<Step, { do: "send" | "stream" | "publish" }>): boolean {
  if (step.do === "publish") return endOfEvents(plan, [step.event]) !== "done";
  const { items, end } = endOf(plan, step.work);
  if (step.do === "send" || step.take === 0 || items < step.take) return end !== "done";
  if (step.readAhead > 0 && !isHarmless(step.work.body)) throw new Unforeseeable();
  if (!isHarmless(step.work.finally)) throw new Unforeseeable();
  return false;
}

/** Whether nothing can go wrong in these steps, not even when they are stopped half-way. */
function isHarmless(steps: readonly Step[]): boolean {
  return steps.every((step) => step.do === "pause" || step.do === "emit");
}
