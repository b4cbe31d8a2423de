import { bootstrap, Query } from "sluice";

/** So many items, as fast as they are taken; without a number, without end. */
export class Flow extends Query<Item> {
  constructor(readonly items?: number) {
    super();
  }
}

/** An item each so many milliseconds, with its moment. */
export class Ticks extends Query<{ at: string }> {
  constructor(
    readonly items: number,
    readonly everyMs: number,
  ) {
    super();
  }
}

/** Waits for nothing, until it is told to stop. */
class Wait extends Query<never> {}

interface Item {
  readonly n: number;
  readonly name: string;
  readonly done: boolean;
}

export async function* flow(items = Number.POSITIVE_INFINITY): AsyncGenerator<Item> {
  for (let n = 0; n < items; n++) yield { n, name: "a file of the folder", done: true };
}

async function* ticks({ items, everyMs }: Ticks): AsyncGenerator<{ at: string }> {
  for (let n = 0; n < items; n++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    yield { at: String(process.hrtime.bigint()) };
  }
}

export const mediator = bootstrap({
  queriesMapper: (map) =>
    map
      .bind(Flow, ({ items }: Flow) => flow(items))
      .bind(Ticks, ticks)
      .bind(Wait, async function* (_, { signal }) {
        try {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        } finally {
          // Nobody may listen any more.
          process.send?.({ ended: String(process.hrtime.bigint()) }, () => {});
        }
      }),
});

/** Every connection here is of one client. */
const limits = { streamsPerClient: Number.POSITIVE_INFINITY };

export const exposed = { stream: [Flow, Ticks, Wait], limits };
