// What binding costs the compiler: the same request and handler classes with their binds and without, checked in
// turn; the median of each side, and of the difference. `--requests 500`, `--rounds 7`, `--json`.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "500" },
    rounds: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
  },
});
const requests = Number(values.requests);
const rounds = Number(values.rounds);
const requestsPerFile = 50;

const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const library = fileURLToPath(new URL("../packages/sluice", import.meta.url));

/**
 * A request, its event, and their handlers. Of five request handlers one streams, one is a function and one an
 * object; where they are bound, these two are written in place.
 *
 * @param {number} n
 * @param {boolean} withBinds
 */
function source(n, withBinds) {
  const messages = `
export class Request${n} extends Command<{ id: string; count${n}: number }> {
  constructor(readonly id: string, readonly field${n}: number) { super(); }
}
export class Event${n} extends DomainEvent {
  constructor(readonly id: string, readonly field${n}: number) { super(); }
}
export class OnEvent${n} extends EventHandler<Event${n}> {
  async handle(event: Event${n}) { return event.field${n}; }
}`;
  const bindEvent = withBinds ? `events.bind(Event${n}, OnEvent${n});` : "";
  const bindRequest = withBinds ? `requests.bind(Request${n}, Handler${n});` : "";
  const emit = `emit(new Event${n}(request.id, 1));`;
  const answer = `({ id: request.id, count${n}: request.field${n} })`;
  const parameters = withBinds ? "(request, { emit })" : `(request: Request${n}, { emit }: HandlerContext)`;
  const inPlace = /** @param {string} handler */ (handler) =>
    withBinds ? `requests.bind(Request${n}, ${handler});` : `export const handler${n} = ${handler};`;
  const handlers = [
    `export class Handler${n} extends StreamingRequestHandler<Request${n}> {
      async *handle(request: Request${n}) { this.${emit} yield ${answer}; }
    }
    ${bindRequest}`,
    inPlace(`async ${parameters} => { ${emit} return ${answer}; }`),
    inPlace(`{ async handle${parameters} { ${emit} return ${answer}; } }`),
  ];
  const answering = `export class Handler${n} extends RequestHandler<Request${n}> {
      constructor(readonly clock: { now(): number }) { super(); }
      async handle(request: Request${n}) { this.${emit} return ${answer}; }
    }
    ${bindRequest}`;
  return [messages, handlers[n % 5] ?? answering, bindEvent].join("\n");
}

/**
 * Writes a project of files that each declare some requests, and bind them or not.
 *
 * @param {string} folder
 * @param {boolean} withBinds
 */
function writeProject(folder, withBinds) {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(library, join(folder, "node_modules/sluice"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const compilerOptions = { strict: true, target: "es2022", module: "nodenext", types: [], noEmit: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  for (let first = 0; first < requests; first += requestsPerFile) {
    const numbers = Array.from({ length: Math.min(requestsPerFile, requests - first) }, (_, i) => first + i);
    const lines = [
      'import { Command, DomainEvent, EventHandler, EventMap, type HandlerContext, RequestHandler, RequestMap, StreamingRequestHandler } from "sluice";',
      "export const requests = new RequestMap();",
      "export const events = new EventMap();",
      ...numbers.map((n) => source(n, withBinds)),
    ];
    writeFileSync(join(folder, `requests${first}.ts`), lines.join("\n"));
  }
}

/** @param {string} folder */
function timeCompiler(folder) {
  const start = performance.now();
  execFileSync(process.execPath, [tsc], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  return performance.now() - start;
}

/**
 * @param {readonly T[]} items
 * @param {(item: T) => number} measure
 * @template T
 */
function median(items, measure) {
  const sorted = items.map(measure).sort((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1] ?? Number.NaN);
}

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-types-"));
try {
  const bound = join(folder, "bound");
  const unbound = join(folder, "unbound");
  writeProject(bound, true);
  writeProject(unbound, false);
  timeCompiler(bound);
  const measured = Array.from({ length: rounds }, () => {
    const without = timeCompiler(unbound);
    return { without, with: timeCompiler(bound) };
  });
  const result = {
    requests,
    rounds,
    withoutMs: median(measured, (round) => round.without),
    withMs: median(measured, (round) => round.with),
    differenceMs: median(measured, (round) => round.with - round.without),
  };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`${requests} requests and as many events, tsc in ms, median of ${rounds} rounds in turn`);
    console.log(`without binds  ${result.withoutMs}`);
    console.log(`with binds     ${result.withMs}`);
    console.log(`difference     ${result.differenceMs} (goal: below 1000)`);
    if (result.differenceMs >= 1000) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
