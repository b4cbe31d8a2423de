import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunningServer, Service } from "../service.js";
import { type ServiceName, services } from "../services.js";
import { serveControl } from "./set-control.js";
import { placesOf } from "./set-places.js";
import { type SetStatus, statusOf } from "./set-status.js";

/** Servers that are started and ended together. */
export interface ServerSet {
  readonly name: string;
  readonly only: readonly ServiceName[];
  readonly ports: Readonly<Partial<Record<ServiceName, number>>>;
}

/** Runs a set in this process until `ended`, or until somebody stops it by its name; then nothing is left of it. */
export async function runSet(
  { name, only, ports }: ServerSet,
  ended: AbortSignal,
  onReady: (status: SetStatus) => void,
): Promise<void> {
  const { folder } = placesOf(name);
  const running: RunningServer[] = [];
  const { promise: end, resolve: stop } = Promise.withResolvers<void>();
  ended.addEventListener("abort", () => stop());
  const control = await serveControl(name, { status: () => statusOf(running), stop });
  try {
    // Of a process that was killed.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o755 });
    const start = async (each: ServiceName) => {
      const service: Service = services[each];
      running.push(await service.start({ port: ports[each], folder: join(folder, each) }));
    };
    const failed = (await Promise.allSettled(only.map(start))).find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    onReady(statusOf(running));
    await end;
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
    control.close();
  }
}
