import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DriverMissingError } from "../cli-errors.js";

/**
 * Loads a driver from the project in whose folder the command runs.
 *
 * @param why who needs it, the beginning of a sentence: "A database postgres://… needs a driver"
 * @throws {DriverMissingError} it is not installed there.
 */
export async function loadDriver<Driver>(name: string, why: string): Promise<Driver> {
  const project = createRequire(join(process.cwd(), "package.json"));
  let path: string;
  try {
    path = project.resolve(name);
  } catch {
    throw new DriverMissingError(name, why);
  }
  return import(pathToFileURL(path).href);
}
