import type { Installed } from "./program.js";

/** A kind of server that this repository can set up by itself. */
export interface Service<Server extends RunningServer = RunningServer> extends Installed {
  /** Debian's packages that its programs need and that are not here. */
  readonly packages: readonly string[];
  /** Brings what is in none of Debian's packages, into the cache of this user. */
  install?(): Promise<void>;
  /** Starts a server on 127.0.0.1; it takes requests when this resolves. */
  start(options?: StartOptions): Promise<Server>;
}

/** A kind of server that keeps databases. */
export interface DatabaseService extends Service<RunningDatabase> {
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

/** A server at work, as a child of this process. It does not outlive it on Linux, however it ends. */
export interface RunningServer {
  readonly name: string;
  /** What its clients take, as its superuser, without a password of its own. */
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts again on the same data and port what was killed. */
  restart(): Promise<void>;
  /** Ends it, and deletes its data unless their folder was given. */
  stop(): Promise<void>;
}

/** A server that keeps databases. Its `url` is the way to the first of them. */
export interface RunningDatabase extends RunningServer {
  /** Makes an empty database on it; gives the way to it. */
  createDatabase(): Promise<string>;
}
