import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe } from "../errors/describe.js";
import { reasonOf } from "../errors/reason.js";
import { ConfigError } from "./cli-errors.js";
import type { Lazy, SluiceConfig } from "./config.js";

const fileNames = ["ts", "mts", "js", "mjs"].map((ending) => `sluice.config.${ending}`);

/** What each setting may be, besides a function that gives it. */
const settings: Readonly<Record<keyof SluiceConfig, "string" | "object" | "function">> = {
  database: "string",
  outbox: "object",
  inbox: "object",
  broker: "object",
  relay: "object",
  close: "function",
};

/** A config, and the file that it is from, as messages name it. */
export interface LoadedConfig extends SluiceConfig {
  readonly file: string;
}

/**
 * Loads the config: the file that was named, else the one in the current folder.
 *
 * @throws {ConfigError} there is none, or several, or it is none that commands can work with.
 */
export async function loadConfig(named: string | undefined, otherwise = ""): Promise<LoadedConfig> {
  const file = named ?? findConfig(otherwise);
  const path = resolve(file);
  if (!existsSync(path)) throw new ConfigError(`There is no config ${file}.`);
  if (/\.[mc]?ts$/.test(path) && !process.features.typescript)
    throw new ConfigError(
      `${file} is TypeScript, which Node ${process.versions.node} does not run by itself. Use Node 22.18 or later, or a config in JavaScript.`,
    );
  const { default: config } = await importConfig(file, path);
  checkConfig(file, config);
  return { ...config, file };
}

/** What a setting is, or gives where it is a function. */
export async function settingOf<T>(setting: Lazy<T>): Promise<T> {
  return typeof setting === "function" ? (setting as () => T | Promise<T>)() : setting;
}

function findConfig(otherwise: string): string {
  const found = fileNames.filter((name) => existsSync(name));
  if (found.length > 1)
    throw new ConfigError(
      `There are ${found.join(" and ")} in this folder. Name the one that is meant: --config ${found[0]}`,
    );
  if (found[0] !== undefined) return found[0];
  throw new ConfigError(
    `There is no sluice.config.ts, .mts, .js or .mjs in this folder. Name a config by --config <file>${otherwise}.`,
  );
}

async function importConfig(file: string, path: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    if (cause instanceof SyntaxError && /outside a module|'export'/.test(cause.message)) {
      const ending = path.endsWith("ts") ? ".mts" : ".mjs";
      throw new ConfigError(
        `${file} is an ES module, and the package.json of its folder has "type": "commonjs". Let its name end in ${ending}.`,
      );
    }
    throw new ConfigError(`${file} cannot be loaded: ${reasonOf(cause)}`, { cause });
  }
}

function checkConfig(file: string, config: unknown): asserts config is SluiceConfig {
  if (typeof config !== "object" || config === null)
    throw new ConfigError(
      `${file} has ${describe(config)} for its default export. Write: export default defineConfig({ … })`,
    );
  for (const [name, value] of Object.entries(config)) {
    if (!Object.hasOwn(settings, name))
      throw new ConfigError(`${file} has an unknown setting, ${name}. There are: ${names(settings)}.`);
    const type = settings[name as keyof SluiceConfig];
    const isFunction = typeof value === "function" && name !== "relay";
    if (value === undefined || isFunction || (typeof value === type && value !== null)) continue;
    const given = typeof value === "function" ? "a function" : describe(value);
    throw new ConfigError(`${file} has ${given} for ${name}; expected ${expected(name, type)}.`);
  }
}

function expected(name: string, type: string): string {
  if (type === "function") return "a function";
  const kind = type === "string" ? "a text" : "an object";
  return name === "relay" ? kind : `${kind}, or a function that gives it`;
}

function names(of: object): string {
  return Object.keys(of).join(", ");
}
