import type { Inbox } from "../inbox/inbox.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { Outbox } from "../outbox/outbox.js";
import type { QueueDesk } from "../queue/queue-store.js";
import { ConfigError } from "./cli-errors.js";
import type { Lazy } from "./config.js";
import type { OpenDatabase } from "./engines/engine.js";
import { engineOf } from "./engines/engine-of.js";
import { type LoadedConfig, loadConfig, settingOf } from "./load-config.js";

export type QueueName = "outbox" | "inbox";

/** Where a command finds what it works with: one of them, or the config in the current folder. */
export interface SourceOptions {
  readonly config?: string | undefined;
  readonly database?: string | undefined;
}

const orDatabase = ", or a database by --database <url>";

/**
 * Works with the desk of a queue, and with the registry where a config has one; closes what was opened for it.
 */
export async function withDesk<T>(
  queue: QueueName,
  source: SourceOptions,
  use: (desk: QueueDesk, registry: MessageRegistry | undefined) => Promise<T>,
): Promise<T> {
  const useDatabase = (url: string) =>
    withDatabase(url, { creates: false }, (db) => use(db[queue].desk, undefined));
  if (source.database !== undefined) return useDatabase(source.database);
  return withConfig(source.config, orDatabase, async (config) => {
    const setting = config[queue];
    if (setting !== undefined) {
      const { queue: store, registry } = await settingOf<Outbox | Inbox>(setting as Lazy<Outbox | Inbox>);
      return use(store.desk, registry);
    }
    return useDatabase(await databaseOf(config, `${queue} and no database`));
  });
}

/** Finds the URL of the database. */
export async function withDatabaseUrl<T>(
  source: SourceOptions,
  use: (url: string) => Promise<T>,
): Promise<T> {
  if (source.database !== undefined) return use(source.database);
  return withConfig(source.config, orDatabase, async (config) => use(await databaseOf(config, "database")));
}

export async function withDatabase<T>(
  url: string,
  options: { readonly creates: boolean },
  use: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const database = await (await engineOf(url)).open(url, options);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

/** Works with the config, and closes it. */
export async function withConfig<T>(
  file: string | undefined,
  otherwise: string,
  use: (config: LoadedConfig) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(file, otherwise);
  try {
    return await use(config);
  } finally {
    await config.close?.();
  }
}

async function databaseOf(config: LoadedConfig, lacks: string): Promise<string> {
  const url = config.database === undefined ? undefined : await settingOf(config.database);
  if (typeof url === "string" && url !== "") return url;
  throw new ConfigError(`${config.file} has no ${lacks}. Add database: "…" to it, or use --database <url>.`);
}
