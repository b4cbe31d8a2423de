import type { TextPump } from "./text-pump.js";
import type { TextSink } from "./text-sink.js";

const encoder = new TextEncoder();

/** A body that asks the pump for more only when its reader does, and keeps nothing in stock. */
export function pullStream(pump: TextPump): ReadableStream<Uint8Array> {
  let sink: PullSink | undefined;
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (sink !== undefined) return sink.wake();
        sink = new PullSink(controller);
        pump.start(sink);
      },
      cancel: () => pump.cancel(),
    },
    { highWaterMark: 0 },
  );
}

class PullSink implements TextSink {
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  #isWanted = true;
  #goOn: (() => void) | undefined;

  constructor(controller: ReadableStreamDefaultController<Uint8Array>) {
    this.#controller = controller;
  }

  get isFull(): boolean {
    return !this.#isWanted;
  }

  /** The reader asks for more. */
  wake(): void {
    this.#isWanted = true;
    const goOn = this.#goOn;
    this.#goOn = undefined;
    goOn?.();
  }

  write(text: string): void {
    this.#isWanted = false;
    this.#controller.enqueue(encoder.encode(text));
  }

  onDrain(goOn: () => void): void {
    this.#goOn = goOn;
  }

  end(text: string): void {
    this.#controller.enqueue(encoder.encode(text));
    this.#controller.close();
  }

  cut(error: unknown): void {
    this.#controller.error(error);
  }
}
