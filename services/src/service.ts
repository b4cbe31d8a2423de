import type { Installed } from "./program.js";

/** A kind of server that this repository can set up by itself. */
export interface Service extends Installed {
  /** Debian's packages with its programs; none where npm brings them. */
  readonly packages: readonly string[];
  /** Starts a server on 127.0.0.1; it takes connections when this resolves. */
  start(options?: StartOptions): Promise<RunningServer>;
  /** Makes an empty database on the server to which this `url` leads; gives the way to it. */
  createDatabase(url: string): Promise<string>;
}

export interface StartOptions {
  /** @default a free one */
  readonly port?: number | undefined;
  /** Where its data are to lie: an empty folder. @default a new temporary one, which goes with the server */
  readonly folder?: string | undefined;
  /** The server's own settings, by their names. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
  /** Environment variables of the server, besides those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A server at work, as a child of this process. */
export interface RunningServer {
  readonly name: string;
  /** The way to its first database, as its superuser, without a password. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  /** Makes an empty database on it; gives the way to it. */
  createDatabase(): Promise<string>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts again on the same data and port what was killed. */
  restart(): Promise<void>;
  /** Ends it, and deletes its data unless their folder was given. */
  stop(): Promise<void>;
}
