import type { Migration } from "../sql/migrations.js";
import { isPending, postgresNow } from "./postgres-dialect.js";

function queue(name: string, more = ""): string[] {
  return [
    `create table ${name} (
  id bigint generated always as identity primary key,
  bucket smallint not null,
  key_hash integer not null,
  message_id text not null,
  name text not null,
  topic text not null,
  message_key text,
  timestamp_ms bigint not null,
  content_type text not null,
  headers text not null,
  body bytea not null,
  created_ms bigint not null default ${postgresNow},
  state smallint not null default 0,
  attempts integer not null default 0,
  next_try_ms bigint,
  last_error text,
  done_ms bigint${more}
)`,
    `create index ${name}_pending on ${name} (bucket, id) where ${isPending}`,
    `create index ${name}_order on ${name} (id) where ${isPending}`,
    `create index ${name}_topic on ${name} (topic, id) where ${isPending}`,
    `create index ${name}_waiting on ${name} (bucket, key_hash) where ${isPending} and next_try_ms is not null`,
    `create index ${name}_done on ${name} (done_ms) where state = 1`,
    `create index ${name}_dead on ${name} (id) where state = 2`,
    `create table ${name}_lease (
  bucket integer primary key,
  epoch bigint not null,
  owner text,
  expires_ms bigint not null
)`,
    `insert into ${name}_lease (bucket, epoch, expires_ms) select n, 0, 0 from generate_series(0, 63) as n`,
    `create table ${name}_worker (
  name text primary key,
  token text not null,
  expires_ms bigint not null
)`,
  ];
}

export const postgresMigrations: readonly Migration[] = [
  {
    version: 1,
    name: "outbox and inbox",
    statements: [
      ...queue("sluice_outbox"),
      ...queue("sluice_inbox", ",\n  unique (message_id)"),
      `create table sluice_inbox_mark (
  consumer text not null,
  message_id text not null,
  marked_ms bigint not null default ${postgresNow},
  primary key (consumer, message_id)
)`,
      "create index sluice_inbox_mark_age on sluice_inbox_mark (marked_ms)",
    ],
  },
];
