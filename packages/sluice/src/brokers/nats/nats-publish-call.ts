import { BrokerUnavailableError, PublishFailedError } from "../publish-errors.js";
import { inWords } from "./nats-errors.js";
import type { NatsParcel } from "./nats-parcel.js";

/** A parcel on its way. */
export class NatsShipment {
  /** Acknowledged, failed, or given up. */
  isOver = false;
  sentAt = 0;

  constructor(
    readonly parcel: NatsParcel,
    readonly call: NatsPublishCall,
    /** Its place in the order of publishing. */
    readonly place: number,
  ) {}

  arrived(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.call.settle();
  }

  failed(error: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.call.fail(this.parcel.id, error);
  }
}

export interface NatsPublishCallOptions {
  readonly size: number;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** What keeps messages from arriving, an error or words, for the error when it is too late. */
  readonly trouble: () => unknown;
  readonly onOver: (call: NatsPublishCall) => void;
}

/** One call of publish: over when all its messages are acknowledged or have failed, on time-out, or on abort. */
export class NatsPublishCall {
  readonly shipments: NatsShipment[] = [];
  readonly #options: NatsPublishCallOptions;
  readonly #failures = new Map<string, unknown>();
  readonly #done = Promise.withResolvers<void>();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onAbort = () => this.#end(() => this.#done.reject(this.#options.signal.reason));
  #open: number;
  #isOver = false;

  constructor(options: NatsPublishCallOptions) {
    this.#options = options;
    this.#open = options.size;
    this.#timer = setTimeout(() => this.#timeOut(), options.timeoutMs);
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Takes one more of its messages. */
  ship(parcel: NatsParcel, place: number): NatsShipment {
    const shipment = new NatsShipment(parcel, this, place);
    this.shipments.push(shipment);
    return shipment;
  }

  get promise(): Promise<void> {
    return this.#done.promise;
  }

  settle(): void {
    if (--this.#open > 0) return;
    const error = this.#error();
    this.#end(() => (error === undefined ? this.#done.resolve() : this.#done.reject(error)));
  }

  fail(id: string, error: unknown): void {
    this.#failures.set(id, error);
    this.settle();
  }

  #timeOut(): void {
    const { timeoutMs, trouble } = this.#options;
    const cause = trouble();
    const why = cause === undefined ? "" : ` (${inWords(cause)})`;
    const what = `NATS did not acknowledge within ${timeoutMs} ms${why}; what was sent may have arrived.`;
    const error = new BrokerUnavailableError(what, { cause });
    for (const shipment of this.shipments) shipment.failed(error);
  }

  #end(how: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    for (const shipment of this.shipments) shipment.isOver = true;
    how();
    this.#options.onOver(this);
  }

  #error(): unknown {
    const errors = [...this.#failures.values()];
    if (errors.length === 0) return undefined;
    const isAll = errors.length === this.#options.size;
    if (isAll && (errors.length === 1 || errors.every((error) => error instanceof BrokerUnavailableError)))
      return errors[0];
    return new PublishFailedError(this.#failures);
  }
}
