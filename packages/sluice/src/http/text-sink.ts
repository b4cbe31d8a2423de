/**
 * Where the text of a streaming response is written to: a Node response, a `ReadableStream`.
 *
 * When the reader leaves, in whatever way, whoever made the sink calls {@link ResponseStream.cancel}; the sink then
 * drops what it is still given.
 */
export interface TextSink {
  /** Takes a piece of whole frames, even when it is full. */
  write(text: string): void;
  /** It would keep more text in memory: looked at before the handler is asked for an item. */
  readonly isFull: boolean;
  /** Calls back, once, when it is not full any more. */
  onDrain(goOn: () => void): void;
  /** The response is whole: `text` is its last piece. */
  end(text: string): void;
  /** The response is not whole, and the reader must see that. */
  cut(error: unknown): void;
}
