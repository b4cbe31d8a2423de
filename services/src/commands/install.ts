import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { notHere } from "../program.js";
import type { Service } from "../service.js";
import { type ServiceName, services } from "../services.js";

const aptInstall = fileURLToPath(new URL("../../../scripts/apt-install.sh", import.meta.url));

/** Brings the programs of those servers that are not here, and starts nothing. */
export async function install(only: readonly ServiceName[]): Promise<void> {
  const missing = only.map((name): Service => services[name]).filter((service) => !service.isInstalled());
  const packages = missing.map((service) => service.packages);
  const installed = packages.some((each) => each.length > 0) ? aptInstallAll(packages.flat()) : undefined;
  // What needs no package need not wait for them.
  await Promise.all(
    missing.map(async (service, index) => {
      if (packages[index]?.length !== 0) await installed;
      await service.install?.();
    }),
  );
  const still = missing.filter((service) => !service.isInstalled());
  if (still.length > 0) throw new Error(still.map((service) => notHere(service).message).join("\n"));
  console.log(`${only.map((name) => services[name].name).join(", ")}: here.`);
}

async function aptInstallAll(packages: readonly string[]): Promise<void> {
  const [code] = await once(spawn(aptInstall, packages, { stdio: "inherit" }), "exit");
  if (code !== 0) throw new Error(`apt-get could not install ${packages.join(" ")}.`);
}
