export { ConnectionLostError, ProtocolError, RemoteError } from "./client-errors.js";
export type { CallOptions, ClientOptions, ClientRetryOptions, HeadersSource } from "./client-options.js";
export { type Client, createClient } from "./create-client.js";
