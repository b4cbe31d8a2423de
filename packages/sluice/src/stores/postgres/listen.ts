import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { PgPool, PgPoolClient, PostgresJsSql, PostgresPool } from "./postgres-drivers.js";

const reconnectAfterMs = 1_000;

/**
 * Calls back when somebody notifies the channel, and when notifications may have been missed; gives what stops it. It
 * takes a connection of its own, and another one when that breaks.
 */
export function listenTo(
  pool: PostgresPool,
  channel: string,
  onNotified: () => void,
): Promise<() => Promise<void>> {
  return "unsafe" in pool
    ? listenByPostgresJs(pool, channel, onNotified)
    : listenByPg(pool, channel, onNotified);
}

async function listenByPostgresJs(sql: PostgresJsSql, channel: string, onNotified: () => void) {
  if (typeof sql.listen !== "function") throw cannotListen(sql);
  let isOver = false;
  // After its connection broke, postgres.js listens anew, and its `unlisten` does not know of that.
  const call = () => {
    if (!isOver) onNotified();
  };
  const { unlisten } = await sql.listen(channel, call, call);
  return async () => {
    isOver = true;
    await unlisten();
  };
}

async function listenByPg(pool: PgPool, channel: string, onNotified: () => void) {
  let client: PgPoolClient | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const connect = async (): Promise<void> => {
    const fresh = await pool.connect();
    try {
      if (typeof fresh.on !== "function") throw cannotListen(fresh);
      fresh.on("error", () => {}); // "end" comes after it
      fresh.on("notification", onNotified);
      await fresh.query({ text: `listen ${channel}`, values: [] });
    } catch (error) {
      fresh.release(true);
      throw error;
    }
    if (isOver) return fresh.release(true);
    client = fresh;
    fresh.on("end", () => {
      if (client !== fresh) return; // given back already
      client = undefined;
      fresh.release(true);
      timer = setTimeout(reconnect, reconnectAfterMs);
    });
  };
  const reconnect = () =>
    void connect().then(onNotified, () => {
      if (!isOver) timer = setTimeout(reconnect, reconnectAfterMs); // polling goes on meanwhile
    });
  await connect();
  return async () => {
    isOver = true;
    clearTimeout(timer);
    const last = client;
    client = undefined;
    last?.release(true);
  };
}

function cannotListen(given: unknown): InvalidOptionError {
  return new InvalidOptionError(
    "notify of a store on PostgreSQL",
    given,
    "a driver that can listen: pg or postgres.js",
  );
}
