import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { Engine } from "./engine.js";

const postgres = async (): Promise<Engine> => (await import("./postgres-engine.js")).postgresEngine;
const mysql = async (): Promise<Engine> => (await import("./mysql-engine.js")).mysqlEngine;
const sqlite = async (): Promise<Engine> => (await import("./sqlite-engine.js")).sqliteEngine;

/** By the schemes of URLs; an engine is loaded where it is asked for. */
const engines = new Map([
  ["postgres", postgres],
  ["postgresql", postgres],
  ["mysql", mysql],
  ["sqlite", sqlite],
]);

/**
 * The engine that a database's URL asks for.
 *
 * @throws {InvalidOptionError} there is none. It does not show the URL, which may have a password in it.
 */
export async function engineOf(url: string): Promise<Engine> {
  const [scheme = "", rest] = url.split(":", 2);
  const load = engines.get(scheme);
  if (load !== undefined && rest !== undefined) return load();
  throw new InvalidOptionError("The scheme of the database's URL", scheme, "postgres:, mysql: or sqlite:");
}
