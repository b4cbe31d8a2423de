import type { Engine, EngineName } from "./engine.js";
import { mariadb } from "./mariadb.js";
import { postgres } from "./postgres.js";
import { sqlite } from "./sqlite.js";

const engines: Readonly<Record<EngineName, Engine>> = { postgres, mariadb, sqlite };

export function engineOf(name: string): Engine {
  const engine = engines[name as EngineName];
  if (engine === undefined) throw new Error(`There is no engine "${name}".`);
  return engine;
}
