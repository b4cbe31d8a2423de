import { SluiceError } from "../errors/sluice-error.js";

/** Something was published or subscribed to on a broker that is closed, or is closing. */
export class BrokerClosedError extends SluiceError {
  readonly code = "SLUICE_BROKER_CLOSED";

  constructor(
    /** The name of the broker's class. */
    readonly broker: string,
    action: "publish" | "subscribe",
  ) {
    super(
      `${broker} is closed, so ${action}() was refused; nothing of it was sent. ` +
        "Close the broker after the mediators and consumers that use it.",
    );
  }
}
