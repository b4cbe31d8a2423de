import { pullStream } from "./pull-stream.js";
import type { TextPump } from "./text-pump.js";
import type { TextSink } from "./text-sink.js";

/**
 * The stream behind a response, for adapters that write it themselves, which is faster than reading the response's
 * body. Take either, never both.
 */
export interface ResponseStream {
  /** Writes the body to a sink, to its end. Once. */
  start(sink: TextSink): void;
  /** The reader has left: ends the handler. Safe to call at any time, and again. */
  cancel(): void;
}

const streams = new WeakMap<Response, ResponseStream>();

/** The response that streams what a pump carries. */
export function streamingResponse(pump: TextPump, contentType: string): Response {
  const response = new Response(pullStream(pump), {
    headers: {
      "content-type": contentType,
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
      vary: "Accept",
    },
  });
  streams.set(response, pump);
  return response;
}

/** The stream behind a response; `undefined` where it has a body like any other. */
export function responseStream(response: Response): ResponseStream | undefined {
  return streams.get(response);
}
