import type { Inbox } from "sluice/inbox";
import type { Outbox } from "sluice/outbox";

/** A database server, or a file, at work for one run. */
export interface Database {
  readonly url: string;
  /** Ends connections from the outside, where there is a server. */
  killConnections?(): Promise<void>;
  /** SIGKILL, and back on the same data and port. */
  restart?(): Promise<void>;
  /** Where its data lie. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** One transaction: what the outbox takes, and the way to write rows beside it. */
interface Transaction {
  readonly tx: never;
  exec(sql: string, params: readonly (string | number)[]): unknown;
}

/** A process's own way to the database. */
export interface Store {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  /** Runs work in a transaction; it is rolled back when the work throws. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Runs a statement by itself; `?` for each parameter. */
  exec(
    sql: string,
    params?: readonly (string | number)[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** What the fault programs need of a kind of database. */
export interface Engine {
  readonly name: EngineName;
  /** How many may write at the same moment. */
  readonly writers: number;
  start(options?: StartOptions): Promise<Database>;
  open(url: string): Promise<Store>;
  migrate(url: string): Promise<void>;
}

export interface StartOptions {
  /** Where its data are to lie. @default a new temporary folder */
  readonly folder?: string;
  /** Environment variables of its server. */
  readonly env?: Readonly<Record<string, string>>;
}

export const engineNames = ["postgres", "mariadb", "sqlite"] as const;

export type EngineName = (typeof engineNames)[number];

/** The rows of the business, and those of effects. */
export const businessTables = [
  "create table fact (id varchar(100) primary key, message_key varchar(100) not null, seq integer not null)",
  "create table effect (consumer varchar(100) not null, message_id varchar(100) not null, worker varchar(100) not null)",
];
