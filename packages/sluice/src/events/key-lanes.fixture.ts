import { DomainEvent } from "../messages/domain-event.js";

export class Moved extends DomainEvent {
  constructor(
    readonly key: unknown,
    readonly n: number | string = "",
  ) {
    super();
  }

  get name(): string {
    return `${String(this.key)}${this.n}`;
  }
}

export const orderBy = ({ key }: Moved) => key;
