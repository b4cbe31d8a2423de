import type { DomainEvent, Middleware } from "sluice";

/** What one event handler does. */
export interface Lane {
  readonly handler: string;
  /** Events that wait for it. */
  readonly waiting: number;
  readonly atWork: number;
  /** The most that were at work at the same moment, since the last look. */
  readonly most: number;
  readonly done: number;
}

const handlers: Readonly<Record<string, string>> = {
  TextExtracted: "IndexText",
  FileHashed: "FindDuplicates",
  FileMeasured: "CollectStatistics",
  FileRead: "WriteAuditLog",
  FileNotRead: "WriteAuditLog",
};

/** Sees which event handlers are at work, and what waits for them. */
export class Lanes {
  readonly #lanes = new Map(
    Object.values(handlers).map((handler) => [handler, { handler, waiting: 0, atWork: 0, most: 0, done: 0 }]),
  );

  /** An event was emitted: from now on it waits. */
  emitted(event: DomainEvent): void {
    this.#of(handlers[event.constructor.name]).waiting += 1;
  }

  readonly middleware: Middleware = {
    event: async (_event, next, { handlerName }) => {
      const lane = this.#of(handlerName);
      lane.waiting -= 1;
      lane.atWork += 1;
      lane.most = Math.max(lane.most, lane.atWork);
      try {
        return await next();
      } finally {
        lane.atWork -= 1;
        lane.done += 1;
      }
    },
  };

  /** How it is now. */
  look(): Lane[] {
    return [...this.#lanes.values()].map((lane) => {
      const seen = { ...lane };
      lane.most = lane.atWork;
      return seen;
    });
  }

  #of(handler = "") {
    const lane = this.#lanes.get(handler);
    if (lane === undefined) throw new Error(`${handler} has no lane`);
    return lane;
  }
}
