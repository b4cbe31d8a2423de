import { DomainEvent } from "../messages/domain-event.js";
import { bootstrap } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { bindBodies, Do, type Gates, quiet } from "./flow.fixture.js";
import type { Mediator } from "./mediator.js";

export class Happened extends DomainEvent {
  constructor(readonly name = "") {
    super();
  }
}

export function mediatorOf(gates: Gates, options: BootstrapOptions = {}): Mediator {
  return bootstrap({
    commandsMapper: bindBodies,
    domainEventsMapper: (map) => map.bind(Happened, ({ name }) => gates.pass(name)),
    ...options,
  });
}

export const emitting = (...names: string[]) =>
  new Do(({ emit }) => {
    for (const name of names) emit(new Happened(name));
  });

/** Whether a promise is settled once everything has gone on that can. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  await quiet();
  return settled;
}
