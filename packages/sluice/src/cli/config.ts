import type { MessageBroker } from "../brokers/message-broker.js";
import type { Inbox } from "../inbox/inbox.js";
import type { Outbox } from "../outbox/outbox.js";
import type { WorkerOptions } from "../queue/worker-options.js";

/** A value, or a function that gives it, called once, and only where a command needs it. */
export type Lazy<T> = T | (() => T | Promise<T>);

/** What the `sluice` command is to work with; each command says what of it it needs. */
export interface SluiceConfig {
  /**
   * Where the tables are: `postgres://…`, `mysql://…` or `sqlite:path`. `sluice migrate` needs it; `sluice outbox` and
   * `sluice inbox` do where there is no `outbox` or `inbox` of its own.
   */
  readonly database?: Lazy<string | undefined> | undefined;
  /** What `sluice relay` publishes, and `sluice outbox` shows. */
  readonly outbox?: Lazy<Outbox> | undefined;
  /** What `sluice inbox` shows. */
  readonly inbox?: Lazy<Inbox> | undefined;
  /** Where `sluice relay` publishes to, and what keeps what `sluice dead-letters` shows; both close it when they end. */
  readonly broker?: Lazy<MessageBroker> | undefined;
  /** How `sluice relay` works; without a `logger` and an `onReport` of its own, it logs lines to stdout. */
  readonly relay?: WorkerOptions | undefined;
  /** Called at the end of each command, after the relay and the broker are closed: for pools and connections. */
  readonly close?: (() => unknown) | undefined;
}

/**
 * Gives a config for the `sluice` command its types: the default export of `sluice.config.ts`, `.mts`, `.js` or `.mjs`.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from "node:sqlite";
 * import { MemoryMessageBroker } from "sluice/brokers";
 * import { defineConfig } from "sluice/cli";
 * import { MessageRegistry } from "sluice/messages";
 * import { SqliteOutbox } from "sluice/stores/sqlite";
 *
 * export default defineConfig({
 *   database: "sqlite:shop.db",
 *   outbox: () => new SqliteOutbox(new DatabaseSync("shop.db"), { registry: new MessageRegistry() }),
 *   broker: () => new MemoryMessageBroker(),
 *   relay: { batchSize: 500 },
 * });
 * ```
 */
export function defineConfig(config: SluiceConfig): SluiceConfig {
  return config;
}
