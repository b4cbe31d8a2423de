import { join } from "node:path";
import { FileBroker } from "./file-broker.fixture.js";
import { Folder } from "./folder.fixture.js";

export interface Letter {
  readonly key?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly attempt?: number;
}

/** The queue of {@link lettersFolder}, as an option. */
export const ofInventory = "--group=inventory";

/** The n-th order that the group inventory gave up on: as a consumer leaves it, but for what is said otherwise. */
export function order(n: number, headers: Readonly<Record<string, string>> = {}): Letter {
  return {
    key: `k-${n}`,
    body: JSON.stringify({ orderId: `o-${n}` }),
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": `m-${n}`,
      "ce-source": "sluice",
      "ce-type": "order.placed",
      "ce-time": "2026-01-02T03:04:05.678Z",
      "dead-letter-topic": "orders",
      "dead-letter-group": "inventory",
      "dead-letter-reason": "OUT_OF_STOCK",
      "dead-letter-error": `no stock for o-${n}`,
      "dead-letter-attempts": "8",
      "dead-letter-at": "2026-01-02T04:04:05.678Z",
      ...headers,
    },
  };
}

export const orders = (count: number) => Array.from({ length: count }, (_, n) => order(n + 1));

const fixture = new URL("./file-broker.fixture.ts", import.meta.url).href;

/** A config whose broker has its dead letters in `broker.json`. */
export const brokerConfig = (settings = "", more = "") => `
import { FileBroker } from ${JSON.stringify(fixture)};
import { MessageRefusedError } from "sluice/brokers";

const broker = new FileBroker("broker.json");
${more}
export default { broker: () => broker, ${settings} };
`;

/** A folder with such a config, and these dead letters of the group inventory: their ids are 1, 2, … */
export async function lettersFolder(...letters: readonly Letter[]): Promise<Folder & { left(): string[] }> {
  const folder = new Folder();
  folder.write("sluice.config.mjs", brokerConfig());
  const broker = brokerOf(folder);
  const queue = await broker.deadLetterQueue("inventory.dead-letters");
  const { signal } = new AbortController();
  for (const { key, headers, body, attempt = 1 } of letters) {
    const raw = { key, headers, body: new Uint8Array(Buffer.from(body)) };
    await queue.add({ raw, attempt } as never, {}, signal);
  }
  await broker.close();
  /** The ids of those that are left. */
  const left = () => (brokerOf(folder).content.queues["inventory.dead-letters"] ?? []).map(([id]) => id);
  return Object.assign(folder, { left });
}

/** The broker as another process sees it. */
export function brokerOf(folder: Folder): FileBroker {
  return new FileBroker(join(folder.path, "broker.json"));
}
