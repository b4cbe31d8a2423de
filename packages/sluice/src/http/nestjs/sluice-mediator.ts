import type { Mediator } from "../../mediator/mediator.js";

/** The mediator of a {@link SluiceModule}, to inject: `constructor(private readonly mediator: SluiceMediator)`. */
export abstract class SluiceMediator implements Mediator {
  abstract readonly send: Mediator["send"];
  abstract readonly stream: Mediator["stream"];
  abstract readonly publish: Mediator["publish"];
  abstract readonly handles: Mediator["handles"];
  abstract readonly streams: Mediator["streams"];
  abstract readonly close: Mediator["close"];
  abstract readonly [Symbol.asyncDispose]: Mediator[typeof Symbol.asyncDispose];
}
