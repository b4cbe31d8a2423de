import type { HandleOptions } from "../inbox/handle-message.js";
import type { Mediator } from "../mediator/mediator.js";
import type { Request } from "../messages/request.js";
import type { OpenRequest } from "./open-request.js";

/** Has a request handled, and sends what comes of it: its response, or its items as its requester has room for them. */
export async function respond(
  open: OpenRequest,
  request: Request<unknown>,
  mediator: Mediator,
  options: HandleOptions,
): Promise<void> {
  if (open.credit === undefined) {
    await open.reply("response", await mediator.send(request, options));
    return;
  }
  for await (const item of mediator.stream(request, options)) await open.item(item);
  await open.end();
}
