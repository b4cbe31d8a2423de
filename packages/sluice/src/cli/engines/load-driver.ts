import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DriverMissingError } from "../cli-errors.js";

/**
 * Loads the first of these modules that is installed in the project in whose folder the command runs.
 *
 * @throws {DriverMissingError} none is.
 */
export async function loadDriver<Driver>(modules: readonly string[], database: string): Promise<Driver> {
  const { resolve } = createRequire(join(process.cwd(), "package.json"));
  for (const module of modules) {
    let path: string;
    try {
      path = resolve(module);
    } catch {
      continue;
    }
    return import(pathToFileURL(path).href);
  }
  const packages = modules.map((module) => module.split("/")[0] as string);
  throw new DriverMissingError(packages, database);
}
