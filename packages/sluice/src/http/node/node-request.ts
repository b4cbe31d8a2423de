// biome-ignore lint/suspicious/noExplicitAny: only `any` lets Node's own types follow this one
type Listener = (...given: any[]) => void;

/** What is used of a request of node:http and node:http2. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** All of it has arrived. */
  readonly complete: boolean;
  readonly socket: { readonly remoteAddress?: string | undefined };
  on(event: "data" | "end" | "close" | "error", listener: Listener): unknown;
  off(event: "data" | "end" | "close" | "error", listener: Listener): unknown;
  pause(): unknown;
  resume(): unknown;
}
