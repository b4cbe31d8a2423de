import type { ClientBase } from "pg";

/** What somebody would write for themselves, without order, lease or fence. */
export const tableByHand = `create table by_hand (
  id bigint generated always as identity primary key,
  message_id text not null,
  name text not null,
  topic text not null,
  message_key text,
  timestamp_ms bigint not null,
  content_type text not null,
  headers text not null,
  body bytea not null
)`;

export const channelByHand = "by_hand";

/** Claims a batch, publishes and deletes it in one transaction; how many rows that were. */
export async function moveByHand(
  client: ClientBase,
  batch: number,
  publish: (rows: number) => unknown = () => {},
): Promise<number> {
  await client.query("begin");
  const { rows } = await client.query<{ id: string }>(
    "select * from by_hand where id = any(array(select id from by_hand order by id limit $1 for update skip locked))",
    [batch],
  );
  if (rows.length > 0) {
    publish(rows.length);
    await client.query("delete from by_hand where id = any($1)", [rows.map(({ id }) => id)]);
  }
  await client.query("commit");
  return rows.length;
}

/** The row of an event, written by hand. */
export function insertByHand(client: ClientBase): Promise<unknown> {
  return client.query(
    "insert into by_hand (message_id, name, topic, message_key, timestamp_ms, content_type, headers, body) " +
      "values ($1, 'moved', 'moves', 'key-0', $2, 'application/json', '{}', $3)",
    [crypto.randomUUID(), Date.now(), Buffer.from(JSON.stringify({ text: "x".repeat(88) }))],
  );
}
