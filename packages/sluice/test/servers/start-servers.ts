import { mariadb, postgres } from "@sluice-internal/services";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The ways to the servers that are here, by their names. */
    readonly servers: Readonly<Record<string, string>>;
  }
}

/** Nothing is killed by these tests, so commits need not wait for the disk. */
const kinds = [
  { service: postgres, settings: { fsync: "off", max_connections: 200 } },
  { service: mariadb, settings: { "innodb-flush-log-at-trx-commit": 0 } },
];

/** Starts one server of each kind for all test files together, each of which makes its own databases on it. */
export async function setup({ provide }: TestProject): Promise<() => Promise<unknown>> {
  const servers = await Promise.all(
    kinds
      .filter(({ service }) => service.isInstalled())
      .map(({ service, settings }) => service.start({ settings })),
  );
  provide("servers", Object.fromEntries(servers.map(({ name, url }) => [name, url])));
  return () => Promise.all(servers.map((server) => server.stop()));
}
