/** How long one batch took to deliver, and how long to be written down. */
export class Pace {
  #deliveryMs = 0;
  #writingMs = 0;

  note(deliveryMs: number, writingMs: number): void {
    this.#deliveryMs = deliveryMs;
    this.#writingMs = writingMs;
  }

  /**
   * Whether delivering is by far the quicker part. Then there is no wait for other lanes to use: they would only keep the
   * database from writing down one batch of rows as they lie together, which it does quickest.
   */
  get isDeliveryQuick(): boolean {
    return this.#deliveryMs * 2 < this.#writingMs;
  }
}
