import type { MessageBroker } from "../brokers/message-broker.js";
import type { Outbox } from "../outbox/outbox.js";
import { ConfigError } from "./cli-errors.js";
import type { Lazy } from "./config.js";
import { type LoadedConfig, settingOf } from "./load-config.js";

interface Needed {
  readonly outbox: Outbox;
  readonly broker: MessageBroker;
}

/**
 * A setting that a command cannot do without.
 *
 * @throws {ConfigError} the config has none.
 */
export async function neededSetting<Name extends keyof Needed>(
  config: LoadedConfig,
  name: Name,
  command: string,
): Promise<Needed[Name]> {
  const setting = config[name] as Lazy<Needed[Name] | undefined> | undefined;
  const value = setting === undefined ? undefined : await settingOf(setting);
  if (value !== undefined) return value;
  throw new ConfigError(`${config.file} has no ${name}, which ${command} needs.`);
}
