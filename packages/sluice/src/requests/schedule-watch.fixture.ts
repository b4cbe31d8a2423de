import { EventHandlingError } from "../events/event-errors.js";
import type { Event } from "../messages/event.js";
import { type Heard1, Told } from "./schedule-classes.fixture.js";
import type { DispatchRecord, Emission } from "./schedule-record.fixture.js";

/** Whether an error says that events of this very dispatch failed. */
export function isOfItsEvents(error: unknown, record: DispatchRecord): boolean {
  if (!(error instanceof EventHandlingError)) return false;
  return error.failures.some(({ event }) => emissionOf(event as Event).record === record);
}

function emissionOf(event: Event): Emission {
  return event instanceof Told ? event.payload.emission : (event as Heard1).emission;
}

/**
 * Sees what a dispatch answers: everything that led to the answer must be handled by then. `next` tells which item of
 * a stream must come.
 */
export async function watch<T>(record: DispatchRecord, answer: Promise<T>, next?: () => number): Promise<T> {
  const { log } = record;
  let result: T;
  try {
    result = await answer;
  } catch (error) {
    log.tell(error);
    if (isOfItsEvents(error, record) && !record.isDisturbed) {
      record.requireComplete(next?.() ?? Number.POSITIVE_INFINITY, "the error of its events went out");
    }
    if (!record.isDisturbed) record.requireQuiet(`failed with "${error}"`);
    record.outcome ??= "failed";
    throw error;
  }
  const item = next === undefined ? undefined : (result as IteratorResult<unknown>);
  if (next !== undefined && item?.done === false) {
    log.delivered++;
    record.requireComplete(next(), `item ${next()} was delivered`);
    if (item.value !== next()) {
      log.violate("order", `${record.name}: item ${item.value} came as number ${next()}`);
    }
  } else if (record.outcome === undefined && !record.disturbed && !log.gaveUp) {
    record.outcome = "done";
    record.requireComplete(Number.POSITIVE_INFINITY, "it was done");
    record.requireQuiet("it was done");
  }
  return result;
}
