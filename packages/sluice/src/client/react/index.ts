"use client";

export type { StreamSource } from "./stream-run.js";
export type { StreamState } from "./stream-state.js";
export { type UseStreamOptions, type UseStreamResult, useStream } from "./use-stream.js";
