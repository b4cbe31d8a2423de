import type { ConformanceCase } from "./conformance-case.js";
import type { HttpCase } from "./http-case.js";
import type { HttpConformanceOptions } from "./http-conformance-options.js";
import { httpHookCases } from "./http-hook-cases.js";
import { httpLeavingCases } from "./http-leaving-cases.js";
import { httpRefusalCases } from "./http-refusal-cases.js";
import { HttpTestBed } from "./http-test-bed.js";
import { httpWireCases } from "./http-wire-cases.js";

/**
 * What every adapter that serves a mediator over HTTP must do, as cases for any test runner. Each case has a server
 * and a mediator of its own.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { AddressInfo } from "node:net";
 * import { test } from "node:test";
 * import { createHttpHandler } from "sluice/http";
 * import { toNodeListener } from "sluice/http/node";
 * import { httpConformance } from "sluice/testing";
 *
 * const cases = httpConformance({
 *   name: "my adapter",
 *   serve: async (mediator, options) => {
 *     const server = createServer(toNodeListener(createHttpHandler(mediator, options)));
 *     await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 *     return {
 *       url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
 *       close: async () => {
 *         server.close();
 *         server.closeAllConnections();
 *       },
 *     };
 *   },
 *   features: { remoteAddress: true, backpressure: true },
 * });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function httpConformance(options: HttpConformanceOptions): ConformanceCase[] {
  const cases: HttpCase[] = [...httpWireCases, ...httpRefusalCases, ...httpHookCases, ...httpLeavingCases];
  return cases
    .filter(({ needs }) => needs === undefined || options.features[needs])
    .map(({ title, options: server = {}, body }) => ({
      name: `${options.name} ${title}`,
      run: () => HttpTestBed.run(options, server, body),
    }));
}
