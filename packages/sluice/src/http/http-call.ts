import type { ContainerScope } from "../containers/container.js";

/** What an adapter knows of a connection, and a `Request` does not say. */
export interface HttpConnection {
  /** The address at its other end. */
  readonly remoteAddress?: string | undefined;
}

/** One call from outside, as hooks see it. */
export interface HttpCall<Identity = undefined> {
  /** Hooks may read anything of it but the body. */
  readonly request: Request;
  /** The name on the wire of what is called. */
  readonly name: string;
  readonly kind: "send" | "stream";
  /** The address at the other end of the connection, where the adapter knows it. That may be a proxy's. */
  readonly remoteAddress: string | undefined;
  /** What `authenticate` gave; `undefined` in that very hook. */
  readonly identity: Identity;
  /** What the hook `scope` gave. */
  readonly scope: ContainerScope | undefined;
}

/** What became of a call. */
export interface HttpOutcome {
  /** The status that the client was given. */
  readonly status: number;
  /** How many items of a stream were written. */
  readonly items: number;
  /** What failed, whether or not the client was told. */
  readonly error: unknown;
  /** The client left before the end. */
  readonly left: boolean;
}
