import type { Mediator } from "../mediator/mediator.js";
import type { DomainEvent } from "../messages/domain-event.js";
import { isRequest, type Request } from "../messages/request.js";
import { NoHandlerError } from "../requests/request-errors.js";
import { UnhandledEventError } from "./inbox-errors.js";

/** A message for a mediator: what a consumer or a worker hands on. */
export type HandledMessage = Request<unknown> | DomainEvent;

/** How it is dispatched: its metadata, signal and scope. */
export type HandleOptions = NonNullable<Parameters<Mediator["send"]>[1]>;

/** Where the items of a streaming command go; the next one is asked for when this resolves. */
export type TakeItem = (item: unknown, index: number) => unknown;

/** Hands a message to whatever is bound to it: requests are sent or streamed, events published. */
export async function handleMessage(
  mediator: Mediator,
  message: HandledMessage,
  options: HandleOptions,
  takeItem?: TakeItem | undefined,
): Promise<void> {
  if (!isRequest(message)) return mediator.publish(message, options);
  const request = message as Request<unknown>;
  if (!mediator.streams(request)) {
    const response = await mediator.send(request, options);
    if (response !== undefined) await takeItem?.(response, 0);
    return;
  }
  let index = 0;
  for await (const item of mediator.stream(request, options)) await takeItem?.(item, index++);
}

/** Why nothing will ever handle a message here, however often it is tried. */
export function unhandledError(mediator: Mediator, message: HandledMessage, name: string): Error | undefined {
  if (mediator.handles(message)) return undefined;
  return isRequest(message) ? new NoHandlerError(message as Request<unknown>) : new UnhandledEventError(name);
}
