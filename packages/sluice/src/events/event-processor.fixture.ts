import { bootstrap } from "../mediator/bootstrap.js";
import type { BootstrapOptions } from "../mediator/bootstrap-options.js";
import { bindBodies } from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";

export class Step extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

export function mediatorOf(
  domainEventsMapper: BootstrapOptions["domainEventsMapper"],
  options: BootstrapOptions = {},
) {
  return bootstrap({ commandsMapper: bindBodies, domainEventsMapper, ...options });
}

export const steps = (...names: string[]) => names.map((name) => new Step(name));
