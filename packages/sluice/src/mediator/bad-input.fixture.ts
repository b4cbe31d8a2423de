import { expect } from "vitest";
import { SluiceError } from "../errors/sluice-error.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { Query } from "../messages/query.js";
import { RequestHandler } from "../requests/request-handler.js";
import { StreamingRequestHandler } from "../requests/streaming-request-handler.js";

export class Ask extends Query<string> {}

export class Count extends Command<number> {}

export class Unknown extends Command {}

export class Paid extends DomainEvent {}

export class AskHandler extends RequestHandler<Ask> {
  handle() {
    return "answer";
  }
}

export class CountHandler extends StreamingRequestHandler<Count> {
  async *handle() {
    yield 1;
  }
}

/** The library's own error that a misuse leads to, thrown or as a rejection. */
export async function misuse(body: () => unknown): Promise<SluiceError> {
  let error: unknown;
  try {
    await body();
    expect.fail("Nothing was wrong with it.");
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof SluiceError)) throw error;
  return error;
}

/** A value under the name that an error gives it. */
export type Given = readonly [value: unknown, name: string];

export const noNumber: Given[] = [
  [Number.NaN, "NaN"],
  ["3", '"3" (a string)'],
  [null, "null"],
  [true, "true"],
  [3n, "3n"],
  [[3], "an array of 1"],
  [{}, "a plain object"],
];
