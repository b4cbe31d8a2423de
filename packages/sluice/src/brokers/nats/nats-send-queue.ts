import type { NatsShipment } from "./nats-publish-call.js";

/** What is to be sent, and what was sent and is not answered, in the order of publishing. */
export class NatsSendQueue {
  #waiting: NatsShipment[] = [];
  /** Where `#waiting` begins: taking from the front of a long array moves all of it. */
  #first = 0;
  /** What goes out again, before all that waits, when the rest is answered. */
  #again: NatsShipment[] = [];
  /** By the token of its answer, in the order of sending. */
  readonly #inFlight = new Map<number, NatsShipment>();
  #bytesInFlight = 0;
  #tokens = 0;

  add(shipment: NatsShipment): void {
    this.#waiting.push(shipment);
  }

  get size(): number {
    return this.#again.length + this.#waiting.length - this.#first + this.#inFlight.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** The one that was sent before all others that are not answered. */
  get oldest(): NatsShipment | undefined {
    return this.#inFlight.values().next().value;
  }

  /** The next one to send, which is not over. */
  get head(): NatsShipment | undefined {
    while (this.#waiting[this.#first]?.isOver) this.#first++;
    return this.#waiting[this.#first];
  }

  /** All that waits behind what is sent. */
  waiting(): NatsShipment[] {
    return this.#waiting.slice(this.#first);
  }

  /** Gives the next one a token. */
  send(shipment: NatsShipment): number {
    this.#first++;
    if (this.#first === this.#waiting.length || this.#first > 10_000) {
      this.#waiting = this.waiting();
      this.#first = 0;
    }
    const token = this.#tokens++;
    this.#inFlight.set(token, shipment);
    this.#bytesInFlight += shipment.parcel.body.length;
    return token;
  }

  /** What this token was given; `undefined` where it was taken back since. */
  answered(token: number): NatsShipment | undefined {
    const shipment = this.#inFlight.get(token);
    if (shipment === undefined) return undefined;
    this.#inFlight.delete(token);
    this.#bytesInFlight -= shipment.parcel.body.length;
    return shipment;
  }

  takeBack(shipments: Iterable<NatsShipment>): void {
    this.#again.push(...shipments);
  }

  /** Takes back all that is not answered: answers that still come are for nobody. */
  takeBackAll(): void {
    this.takeBack(this.#inFlight.values());
    this.#inFlight.clear();
    this.#bytesInFlight = 0;
  }

  /** Puts what was taken back in its place, before what was published later. */
  restore(): void {
    this.#waiting = [...this.#again, ...this.waiting()].sort((a, b) => a.place - b.place);
    this.#again = [];
    this.#first = 0;
  }

  /** Drops what nobody waits for. */
  forgetOver(): void {
    const isWanted = ({ isOver }: NatsShipment) => !isOver;
    this.#again = this.#again.filter(isWanted);
    this.#waiting = this.waiting().filter(isWanted);
    this.#first = 0;
    for (const [token, { isOver }] of this.#inFlight) if (isOver) this.answered(token);
  }
}
