/** How long the last batch took to deliver, beside writing it down. */
export class Pace {
  /**
   * Whether delivering was by far the quicker part. Then there is no wait for other lanes to use: they would only keep the
   * database from writing down one batch of rows as they lie together, which it does quickest.
   */
  isDeliveryQuick = false;

  note(deliveryMs: number, writingMs: number): void {
    this.isDeliveryQuick = deliveryMs * 2 < writingMs;
  }
}
