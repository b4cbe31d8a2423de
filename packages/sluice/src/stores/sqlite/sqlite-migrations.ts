import type { Migration } from "../sql/migrations.js";
import { sqliteNow } from "./sqlite-dialect.js";

/** A queue's tables. Ids grow for ever, also when the newest rows are deleted. */
function queue(name: string, more = ""): string[] {
  return [
    `create table ${name} (
  id integer primary key autoincrement,
  bucket integer not null,
  key_hash integer not null,
  message_id text not null,
  name text not null,
  topic text not null,
  message_key text,
  timestamp_ms integer not null,
  content_type text not null,
  headers text not null,
  body blob not null,
  created_ms integer not null default (${sqliteNow}),
  state integer not null default 0,
  attempts integer not null default 0,
  next_try_ms integer,
  last_error text,
  done_ms integer${more}
) strict`,
    `create index ${name}_pending on ${name} (bucket, id) where state = 0`,
    `create index ${name}_topic on ${name} (topic, id) where state = 0`,
    `create index ${name}_waiting on ${name} (bucket, key_hash) where state = 0 and next_try_ms is not null`,
    `create index ${name}_done on ${name} (done_ms) where state = 1`,
    `create index ${name}_dead on ${name} (id) where state = 2`,
    `create table ${name}_lease (
  bucket integer primary key,
  epoch integer not null,
  owner text,
  expires_ms integer not null
) strict`,
    `insert into ${name}_lease (bucket, epoch, expires_ms) values (0, 0, 0)`,
    `create table ${name}_worker (
  name text primary key,
  token text not null,
  expires_ms integer not null
) strict`,
  ];
}

export const sqliteMigrations: readonly Migration[] = [
  {
    version: 1,
    name: "outbox and inbox",
    statements: [
      ...queue("sluice_outbox"),
      ...queue("sluice_inbox", ",\n  unique (message_id)"),
      `create table sluice_inbox_mark (
  consumer text not null,
  message_id text not null,
  marked_ms integer not null default (${sqliteNow}),
  primary key (consumer, message_id)
) strict, without rowid`,
      "create index sluice_inbox_mark_age on sluice_inbox_mark (marked_ms)",
    ],
  },
];
