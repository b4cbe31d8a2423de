// Runs in Chromium: each scenario renders, does something, and gives what was seen. react.test.ts says what it must be.
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { bootstrapStreaming, Query, type Request } from "sluice";
import { createClient } from "sluice/client";
import {
  type StreamSource,
  type UseStreamOptions,
  type UseStreamResult,
  useStream,
} from "sluice/client/react";

class Count extends Query<number> {
  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    super();
  }
}

/** What the handler of this page's mediator was told, in order. */
const log: string[] = [];
const open = new Map<number, PromiseWithResolvers<void>>();

const mediator = bootstrapStreaming({
  queriesMapper: (map) =>
    map.bind(Count, async function* ({ from, to }, { signal }) {
      log.push(`begins ${from}`);
      try {
        for (let n = from; n <= to; n++) yield n;
        if (to === from) await waitAt(from, signal);
        if (from < 0) throw new Error(`broken at ${from}`);
      } finally {
        log.push(`ends ${from}`);
      }
    }),
});

/** A stream of one item stays open after it. */
async function waitAt(from: number, signal: AbortSignal): Promise<void> {
  const gate = Promise.withResolvers<void>();
  open.set(from, gate);
  signal.addEventListener("abort", () => gate.resolve());
  await gate.promise;
}

type Result = UseStreamResult<number>;

interface Props {
  readonly source: StreamSource;
  readonly message: Request<number> | undefined;
  readonly options?: UseStreamOptions;
}

function Page({ source, message, options, see }: Props & { readonly see: (result: Result) => void }) {
  const result = useStream(source, message, options);
  see(result);
  return createElement("p", null, result.status);
}

/** A page with the hook, under StrictMode, and all that it rendered. */
function mount(props: Props) {
  const seen: Result[] = [];
  const root = createRoot(document.createElement("div"));
  const render = (next: Props) =>
    root.render(
      createElement(StrictMode, null, createElement(Page, { ...next, see: (result) => seen.push(result) })),
    );
  render(props);
  return {
    seen,
    render,
    unmount: () => root.unmount(),
    last: () => seen.at(-1) as Result,
    until: (fits: (result: Result) => boolean) => until(() => seen.length > 0 && fits(seen.at(-1) as Result)),
  };
}

/** Waits, a frame at a time, until something holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let frame = 0; !holds(); frame++) {
    if (frame > 600) throw new Error("It did not come to that in 600 frames.");
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

const frames = (count: number) => {
  let frame = 0;
  return until(() => frame++ >= count);
};

const shown = ({ items, status, error }: Result) => ({
  items: [...items],
  status,
  error: error instanceof Error ? error.message : error,
});

export const scenarios = {
  async "sends once under StrictMode, and shows items and the end"() {
    const page = mount({ source: mediator, message: new Count(1, 3) });
    await page.until(({ status }) => status === "done");
    const statuses = [...new Set(page.seen.map(({ status }) => status))];
    const result = { ...shown(page.last()), statuses, log: log.splice(0) };
    page.unmount();
    return result;
  },

  async "ends the handler on unmount, and renders no more"() {
    const page = mount({ source: mediator, message: new Count(5, 5) });
    await page.until(({ items }) => items.length === 1);
    page.unmount();
    const { length } = page.seen;
    await until(() => log.includes("ends 5"));
    await frames(10);
    return { renderings: page.seen.length - length, log: log.splice(0) };
  },

  async "ends one stream and begins another when the message changes, and never mixes them"() {
    const page = mount({ source: mediator, message: new Count(5, 5) });
    await page.until(({ items }) => items.length === 1);
    const { length } = page.seen;
    page.render({ source: mediator, message: new Count(7, 7) });
    await page.until(({ items }) => items[0] === 7);
    await until(() => log.includes("ends 5"));
    const mixed = page.seen.slice(length).filter(({ items }) => items.includes(5)).length;
    const result = { ...shown(page.last()), mixed, log: log.splice(0).sort() };
    page.unmount();
    await until(() => log.splice(0).includes("ends 7"));
    return result;
  },

  async "goes on when it is rendered with a message of the same data"() {
    const page = mount({ source: mediator, message: new Count(5, 5) });
    await page.until(({ items }) => items.length === 1);
    for (let i = 0; i < 5; i++) {
      page.render({ source: mediator, message: new Count(5, 5) });
      await frames(2);
    }
    const result = { ...shown(page.last()), log: log.splice(0) };
    page.unmount();
    await until(() => log.splice(0).includes("ends 5"));
    return result;
  },

  async "waits for a message, and goes back to nothing without one"() {
    const page = mount({ source: mediator, message: undefined });
    await frames(5);
    const before = { ...shown(page.last()), log: log.splice(0) };
    page.render({ source: mediator, message: new Count(5, 5) });
    await page.until(({ items }) => items.length === 1);
    page.render({ source: mediator, message: undefined });
    await page.until(({ status }) => status === "idle");
    await until(() => log.includes("ends 5"));
    const after = shown(page.last());
    log.splice(0);
    page.unmount();
    return { before, after };
  },

  async "stops, keeps what has come, and starts anew"() {
    const page = mount({ source: mediator, message: new Count(5, 5) });
    await page.until(({ items }) => items.length === 1);
    page.last().stop();
    await page.until(({ status }) => status === "stopped");
    await until(() => log.includes("ends 5"));
    const stopped = shown(page.last());
    page.last().start();
    await page.until(({ status, items }) => status === "streaming" && items.length === 1);
    const again = { ...shown(page.last()), log: log.splice(0) };
    const isStable = new Set(page.seen.map(({ start }) => start)).size <= 2;
    page.unmount();
    await until(() => log.splice(0).includes("ends 5"));
    return { stopped, again, isStable };
  },

  async "shows a failure and what came before"() {
    const page = mount({ source: mediator, message: new Count(-2, -1) });
    await page.until(({ status }) => status === "failed");
    log.splice(0);
    page.unmount();
    return shown(page.last());
  },

  async "renders a few times for 10,000 items"() {
    const page = mount({ source: mediator, message: new Count(1, 10_000) });
    await page.until(({ status }) => status === "done");
    const { items } = page.last();
    const isWhole = items.length === 10_000 && items.every((n, i) => n === i + 1);
    log.splice(0);
    page.unmount();
    return { isWhole, renderings: page.seen.length };
  },

  async "keeps the newest, beside a stream that never waits the page goes on, and unmount ends it"() {
    const page = mount({
      source: mediator,
      message: new Count(1, 1e12),
      options: { keep: 10, intervalMs: 1_000 },
    });
    await page.until(({ items }) => items.length > 0);
    const start = performance.now();
    await frames(30);
    const took = performance.now() - start;
    await page.until(({ items }) => items.length === 10);
    const { items } = page.last();
    const inOrder = items.every((n, i) => n === (items[0] as number) + i);
    page.unmount();
    await until(() => log.splice(0).includes("ends 1"));
    return { most: Math.max(...page.seen.map(({ items }) => items.length)), inOrder, isSmooth: took < 3_000 };
  },

  async "reads from a server, and leaves it on unmount"() {
    const client = createClient("/api/");
    const count = new Count(1, 200_000);
    const page = mount({ source: client, message: count, options: { keep: 5 } });
    await page.until(({ status }) => status === "done");
    const whole = shown(page.last());
    page.unmount();
    const left = mount({ source: client, message: new Count(7, 7) });
    await left.until(({ items }) => items.length === 1);
    left.unmount();
    return whole;
  },

  async "shows that the server went away"() {
    const page = mount({ source: createClient("/api/"), message: new Count(9, 9) });
    await page.until(({ items }) => items.length === 1);
    await fetch("/cut");
    await page.until(({ status }) => status === "failed");
    page.unmount();
    const { error, items } = page.last();
    return { code: (error as { code?: string }).code, items };
  },

  async "does not go round and round with a message that cannot be sent"() {
    class Odd extends Query<number> {
      readonly at = new Date(0);
    }
    const page = mount({ source: createClient("/api/"), message: new Odd() });
    await page.until(({ status }) => status === "failed");
    for (let i = 0; i < 3; i++) page.render({ source: createClient("/api/"), message: new Odd() });
    await frames(10);
    const { error } = page.last();
    page.unmount();
    return { code: (error as { code?: string }).code, isCalm: page.seen.length < 60 };
  },
} satisfies Record<string, () => Promise<unknown>>;

Object.assign(globalThis, { scenarios });
