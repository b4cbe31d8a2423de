import type { SubscribeOptions, Subscription } from "../brokers/subscribe-options.js";
import { Conforming, type Flaw, publishing } from "./flawed-brokers.fixture.js";

/** Changes what closing a subscription does. */
const closing = (instead: (subscription: Subscription) => () => Promise<void>) =>
  class extends Conforming {
    override async subscribe(options: SubscribeOptions) {
      const close = instead(await super.subscribe(options));
      return { close, [Symbol.asyncDispose]: close };
    }
  };

/** Of what becomes of messages when something closes. */
export const closingFlaws: readonly Flaw[] = [
  [
    "goes on with a closed subscription",
    closing(() => async () => {}),
    /nothing more, and others|only when what it is/,
    "and more",
  ],
  [
    "does not wait for what a closed subscription is handling",
    closing((subscription) => async () => void subscription.close()),
    /only when what it is|are closed at once|acknowledges nothing/,
  ],
  [
    "cannot close a subscription twice",
    closing((subscription) => {
      let isClosed = false;
      return async () => {
        if (isClosed) throw new Error("It is closed.");
        isClosed = true;
        await subscription.close();
      };
    }),
    /all are closed at once/,
  ],
  [
    "lets go at once of what it has taken",
    class extends Conforming {
      readonly #open = new Set<Subscription>();
      override async subscribe(options: SubscribeOptions) {
        const subscription = await super.subscribe(options);
        this.#open.add(subscription);
        return subscription;
      }
      override async close() {
        await Promise.all([...this.#open].map((subscription) => subscription.close()));
        await super.close();
      }
    },
    /loses nothing that it took/,
  ],
  [
    "takes messages once closed, for nobody",
    publishing((messages, options, next) => next(messages, options).catch(ignored)),
    /refuses to publish and to subscribe|closed while publishing/,
  ],
  [
    "refuses with any error",
    publishing((messages, options, next) =>
      next(messages, options).catch((error) => {
        throw error.code === "SLUICE_BROKER_CLOSED" ? new Error("closed") : error;
      }),
    ),
    /refuses to publish and to subscribe|closed while publishing/,
  ],
  [
    "cannot be closed twice",
    class extends Conforming {
      #isClosed = false;
      override async close() {
        if (this.#isClosed) throw new Error("closed");
        this.#isClosed = true;
        await super.close();
      }
    },
    /closes once|refuses to publish|closed while publishing/,
  ],
];

function ignored(error: { code?: string }): void {
  if (error.code !== "SLUICE_BROKER_CLOSED") throw error;
}
