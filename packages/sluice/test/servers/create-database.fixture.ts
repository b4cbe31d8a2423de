import type { DatabaseService } from "@sluice-internal/services";
import { inject } from "vitest";
import "./start-servers.js";

/** Makes an empty database on the server of this kind that all test files share; gives the way to it. */
export function createDatabase(service: DatabaseService): Promise<string> {
  const server = inject("servers")[service.name];
  if (server === undefined)
    throw new Error(`No ${service.name} was started for this project of vitest.config.ts.`);
  return service.createDatabase(server);
}
