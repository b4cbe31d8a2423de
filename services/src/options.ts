import { parseArgs } from "node:util";
import { mariadb } from "./mariadb.js";
import { postgres } from "./postgres.js";
import type { Service } from "./service.js";

/** By the name that the command line gives them. */
export const services: Readonly<Record<string, Service>> = { postgres, mariadb };

const help = `npm run services [-- install] [-- options]

Starts real servers on 127.0.0.1, each with its data in a temporary folder, until Ctrl-C. Without a port it takes a free
one, so that two of these can run side by side.

  install                 brings what is missing, on Debian and Ubuntu, and starts nothing
  --only <names>          ${Object.keys(services).join(",")} by default
  --postgres-port <port>
  --mariadb-port <port>
  --help                  shows this`;

/** Reads the command line. On `--help`, and where it makes no sense, it says so and ends the process. */
export function readOptions(args: readonly string[]) {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: "string", default: Object.keys(services).join(",") },
      "postgres-port": { type: "string" },
      "mariadb-port": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit();
  }
  const names = values.only.split(",");
  const unknown = names.find((name) => services[name] === undefined);
  if (unknown !== undefined) throw new Error(`There is no service "${unknown}".`);
  const [command, ...more] = positionals;
  if (more.length > 0 || (command !== undefined && command !== "install"))
    throw new Error(`There is no command "${positionals.join(" ")}".`);
  return {
    install: command === "install",
    names,
    ports: { postgres: portOf(values["postgres-port"]), mariadb: portOf(values["mariadb-port"]) },
  };
}

function portOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`A port is "${given}", expected a number from 1 to 65535.`);
}
