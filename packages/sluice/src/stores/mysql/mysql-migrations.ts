import type { Migration } from "../sql/migrations.js";
import { mysqlNow } from "./mysql-dialect.js";

/** Tells case, accents and spaces at the end apart; each of the two servers has a name of its own for that. */
const exact = "character set utf8mb4 collate /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

/** A statement that changes tables commits by itself, so each can be run again where the one before was the last. */
function queue(name: string, more = ""): string[] {
  return [
    `create table if not exists ${name} (
  id bigint not null auto_increment primary key,
  bucket smallint not null,
  key_hash integer not null,
  message_id varchar(500) ${exact} not null,
  name varchar(500) ${exact} not null,
  topic varchar(500) ${exact} not null,
  message_key varchar(500) ${exact},
  timestamp_ms bigint not null,
  content_type varchar(500) ${exact} not null,
  headers longtext ${exact} not null,
  body longblob not null,
  created_ms bigint not null default ${mysqlNow},
  state smallint not null default 0,
  attempts integer not null default 0,
  next_try_ms bigint,
  last_error text ${exact},
  done_ms bigint,
  key ${name}_pending (bucket, state, id),
  key ${name}_state (state, id),
  key ${name}_topic (state, topic, id),
  key ${name}_waiting (state, next_try_ms),
  key ${name}_done (state, done_ms)${more}
) engine = InnoDB`,
    `create table if not exists ${name}_lease (
  bucket integer not null primary key,
  epoch bigint not null,
  owner varchar(100) ${exact},
  expires_ms bigint not null
) engine = InnoDB`,
    `insert ignore into ${name}_lease (bucket, epoch, expires_ms) values ${Array.from({ length: 64 }, (_, n) => `(${n}, 0, 0)`).join(", ")}`,
    `create table if not exists ${name}_worker (
  name varchar(200) ${exact} not null primary key,
  token varchar(100) ${exact} not null,
  expires_ms bigint not null
) engine = InnoDB`,
  ];
}

export const mysqlMigrations: readonly Migration[] = [
  {
    version: 1,
    name: "outbox and inbox",
    statements: [
      ...queue("sluice_outbox"),
      ...queue("sluice_inbox", ",\n  unique key sluice_inbox_message (message_id)"),
      `create table if not exists sluice_inbox_mark (
  consumer varchar(190) ${exact} not null,
  message_id varchar(500) ${exact} not null,
  marked_ms bigint not null default ${mysqlNow},
  primary key (consumer, message_id),
  key sluice_inbox_mark_age (marked_ms)
) engine = InnoDB`,
    ],
  },
];
