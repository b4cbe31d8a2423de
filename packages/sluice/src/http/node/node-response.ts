/** What is used of a response of node:http and node:http2. */
export interface NodeResponse {
  statusCode: number;
  readonly destroyed?: boolean | undefined;
  readonly writableEnded: boolean;
  setHeader(name: string, value: string | readonly string[]): unknown;
  flushHeaders?(): void;
  write(chunk: string | Uint8Array, written?: () => void): boolean;
  end(chunk?: string | Uint8Array): unknown;
  destroy(error?: Error): unknown;
  on(event: "close" | "drain" | "error" | "finish", listener: () => void): unknown;
  once(event: "close" | "drain" | "error" | "finish", listener: () => void): unknown;
  off(event: "close" | "drain" | "error" | "finish", listener: () => void): unknown;
}
