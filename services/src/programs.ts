import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache-folder.js";
import { findProgram } from "./find-program.js";
import { Program } from "./program.js";

const byScript = "scripts/install-test-programs.sh brings it on Debian and Ubuntu";
const byNpm = (platforms: string) =>
  `npm ci brings it on ${platforms}, unless optional dependencies are left out`;

/** What npm brings; a path from the repository's root. */
const brought = (path: string) => () => {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  return [file, `${file}.exe`].find(existsSync);
};

const platform = process.platform === "win32" ? "win" : process.platform;
const nodeOf = (workspace: string) =>
  brought(`${workspace}node_modules/node-${platform}-${process.arch}/bin/node`);

/** The programs of others that tests start, other than servers. */
export const programs = {
  chromium: new Program("Chromium", byScript, () =>
    findProgram("chromium", "chromium-browser", "google-chrome"),
  ),
  curl: new Program("curl", byScript, () => findProgram("curl")),
  nginx: new Program("nginx", byScript, () => findProgram("nginx")),
  /** A Python that has the package httpx. */
  pythonWithHttpx: new Program("Python with httpx", byScript, () =>
    [findProgram("python3"), "/usr/bin/python3"].find(
      (path) => path !== undefined && spawnSync(path, ["-c", "import httpx"]).status === 0,
    ),
  ),
  /** A Python that has the packages of services/python/requirements.txt. */
  pythonWithCqrs: new Program("Python with python-cqrs, cloudevents and aiokafka", byScript, () =>
    [join(cacheFolder("python"), "bin/python")].find(
      (path) =>
        existsSync(path) &&
        spawnSync(path, ["-c", "import aiokafka, cloudevents.core, cqrs, faststream"]).status === 0,
    ),
  ),
  thisNode: new Program("the Node of this run", "it is what runs this", () => process.execPath),
  /** The oldest that the library runs on. */
  oldestNode: new Program("Node 22.13", byNpm("Linux x64"), nodeOf("packages/runtimes/")),
  /** The one that npm scripts run on. */
  ownNode: new Program("Node 24", byNpm("Linux and Windows"), nodeOf("")),
  /** A library that gives a process another clock. */
  libfaketime: new Program("libfaketime", "apt-get install libfaketime, on Debian and Ubuntu", () =>
    globSync("/usr/lib/*/faketime/libfaketimeMT.so.1").at(0),
  ),
  deno: new Program("Deno", "npm ci brings it", brought("node_modules/.bin/deno")),
  bun: new Program("Bun", "npm ci brings it", brought("node_modules/.bin/bun")),
} as const;
