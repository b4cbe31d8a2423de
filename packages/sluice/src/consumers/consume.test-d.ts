import { DatabaseSync } from "node:sqlite";
import { describe, expectTypeOf, it } from "vitest";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { ContainerScope } from "../containers/container.js";
import { startInboxWorker } from "../inbox/start-inbox-worker.js";
import type { Mediator } from "../mediator/mediator.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { SqliteDatabase } from "../stores/sqlite/sqlite-drivers.js";
import { SqliteInbox } from "../stores/sqlite/sqlite-inbox.js";
import { consume } from "./consume.js";

declare const mediator: Mediator;
declare const scope: ContainerScope;
declare const parts: {
  readonly broker: MessageBroker;
  readonly topics: string[];
  readonly group: string;
  readonly registry: MessageRegistry;
  readonly mediator: Mediator;
};
const database = new DatabaseSync(":memory:");
const { registry } = parts;

describe("the transaction of an inbox", () => {
  it("is that of its store, for a consumer and for a worker", () => {
    const inbox = new SqliteInbox(database, { registry });
    const options = {
      inbox,
      transaction: (work: (tx: SqliteDatabase) => Promise<void>) => work(database),
      scope(tx: SqliteDatabase) {
        return tx && scope;
      },
    };
    void consume({ ...parts, ...options });
    void startInboxWorker({ mediator, ...options });
  });

  it("is known where the inbox is made in the midst of the options", () => {
    void consume({
      ...parts,
      inbox: new SqliteInbox(database, { registry }),
      transaction: (work) => work(database),
      scope: (tx) => {
        expectTypeOf(tx).toEqualTypeOf<SqliteDatabase>();
        return scope;
      },
    });
    void startInboxWorker({
      mediator,
      inbox: new SqliteInbox(database, { registry }),
      transaction: (work) => work(database),
    });
  });

  it("is no other one", () => {
    const inbox = new SqliteInbox(database, { registry });
    // @ts-expect-error: a number is no database
    void consume({ ...parts, inbox, transaction: (work) => work(1) });
  });
});
