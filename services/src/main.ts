import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readOptions, services } from "./options.js";
import { notHere } from "./program.js";
import type { RunningServer, Service } from "./service.js";

const { install, names, ports } = readOptions(process.argv.slice(2));
const wanted = names.map((name) => [name, services[name] as Service] as const);
const missing = wanted.filter(([, service]) => !service.isInstalled()).map(([, service]) => service);

if (install) {
  const packages = missing.flatMap((service) => service.packages);
  const as = process.getuid?.() === 0 ? [] : ["sudo"];
  // RUNLEVEL=1 keeps the packages from starting servers of the system's own.
  const env = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1"];
  for (const args of packages.length === 0
    ? []
    : [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const [command = "", ...rest] = [...as, ...env, "apt-get", ...args];
    if (spawnSync(command, rest, { stdio: "inherit" }).status !== 0) process.exit(1);
  }
} else if (missing.length > 0) {
  for (const service of missing) console.error(notHere(service).message);
  process.exitCode = 1;
} else {
  const running: RunningServer[] = [];
  try {
    for (const [name, service] of wanted)
      running.push(await service.start({ port: ports[name as keyof typeof ports] }));
    for (const { name, url, pid, folder } of running)
      console.log([name.padEnd(10), url, `pid ${pid}`, folder].join("  "));
    console.log("Ctrl-C ends them.");
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  await Promise.all(running.map((server) => server.stop()));
}
