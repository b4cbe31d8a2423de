import { SluiceError } from "../errors/sluice-error.js";

/** No reply came in time. Whether the request was handled is unknown; whoever handles it is told to stop. */
export class NoReplyError extends SluiceError {
  readonly code = "SLUICE_NO_REPLY";

  constructor(
    /** The request's name on the wire. */
    readonly request: string,
    readonly timeoutMs: number,
    /** How many items had arrived; 0 for `send`. */
    readonly items: number,
  ) {
    super(
      `${request}: no reply came within ${timeoutMs} ms${items > 0 ? `, after ${items} items` : ""}. ` +
        "Look whether a responder for it runs, or raise timeoutMs.",
    );
  }
}

/** The process that streamed died, and another one began anew: its items are not those that had arrived. */
export class ResponderLostError extends SluiceError {
  readonly code = "SLUICE_RESPONDER_LOST";

  constructor(
    /** The request's name on the wire. */
    readonly request: string,
    /** How many items had arrived. */
    readonly items: number,
  ) {
    super(
      `${request}: the process that streamed it was lost after ${items} items, and another one began anew. ` +
        "Ask again where that is right.",
    );
  }
}

/** A message came to a responder, and does not say where a reply to it goes. It is a dead letter. */
export class NoReplyWantedError extends SluiceError {
  readonly code = "SLUICE_NO_REPLY_WANTED";

  constructor(
    readonly messageId: string,
    /** Where it came. */
    readonly topic: string,
  ) {
    super(
      `Message ${messageId} came to ${topic}, whose responders answer requests, and does not say where its reply goes. ` +
        "Send it by connectRequester(), or to a topic of a consume().",
    );
  }
}
