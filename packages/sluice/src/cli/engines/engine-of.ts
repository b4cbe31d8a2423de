import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { Engine } from "./engine.js";

/** The engines by the schemes of their URLs; each is loaded where it is asked for. */
const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  sqlite: async () => (await import("./sqlite-engine.js")).sqliteEngine,
};

/**
 * The engine that a database's URL asks for.
 *
 * @throws {InvalidOptionError} there is none. It does not show the URL, which may have a password in it.
 */
export async function engineOf(url: string): Promise<Engine> {
  const scheme = url.split(":", 1)[0] as string;
  const load = Object.hasOwn(engines, scheme) ? engines[scheme] : undefined;
  if (load !== undefined && url.includes(":")) return load();
  const schemes = Object.keys(engines).map((name) => `${name}:`);
  throw new InvalidOptionError("The scheme of the database's URL", scheme, schemes.join(" or "));
}
