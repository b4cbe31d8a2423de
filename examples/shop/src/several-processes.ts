import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafka, programs } from "@sluice-internal/services";
import type { RunningService, Settings } from "./service.js";
import { ServiceProcess } from "./service-process.js";

const python = fileURLToPath(new URL("../src/mail/mail.py", import.meta.url));
const node = (service: string) => fileURLToPath(new URL(`./${service}/main.js`, import.meta.url));

/** Kafka and each service as a process of its own, all their files in a temporary folder. */
export async function startSeveralProcesses({ port, pickMs, say }: Settings): Promise<RunningService> {
  const withCqrs = programs.pythonWithCqrs.path;
  // A service that was killed is missed after 3 s, not after Kafka's own 6 at least.
  const server = await kafka.start({ settings: { "group.min.session.timeout.ms": 3_000 } });
  const folder = mkdtempSync(join(tmpdir(), "sluice-shop-"));
  const env = { KAFKA: server.url, FOLDER: folder, PORT: String(port), PICK_MS: String(pickMs) };
  const service = (name: string, program: string, file: string) =>
    new ServiceProcess({ name, program, args: [file], env, say });
  // The first two make the topics when they start; the third expects them.
  const services = [
    service("inventory", process.execPath, node("inventory")),
    service("orders", process.execPath, node("orders")),
    service("mail", withCqrs, python),
  ];
  const close = async () => {
    await Promise.all(services.map((each) => each.stop()));
    await server.stop();
    rmSync(folder, { recursive: true });
  };
  try {
    for (const each of services) await each.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { says: `Kafka is at ${server.url}, the services' files in ${folder}`, close };
}
