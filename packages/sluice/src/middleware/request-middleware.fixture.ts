import { bootstrap } from "../mediator/bootstrap.js";
import { DomainEvent } from "../messages/domain-event.js";
import { Query } from "../messages/query.js";
import type { Middleware } from "./middleware.js";

export class Happened extends DomainEvent {}

export class Ask extends Query<string> {
  constructor(readonly question: string) {
    super();
  }
}

export const asking = (...middlewares: Middleware[]) =>
  bootstrap({
    queriesMapper: (map) => map.bind(Ask, ({ question }) => `answer to ${question}`),
    middlewares,
  });
