/** Text that travels beside a message: trace context, tenant, locale. */
export type Headers = Readonly<Record<string, string>>;

/**
 * Where a message belongs. It flows from a request to its events, their follow-ups, and to all that is sent through
 * `context.mediator`.
 */
export interface Metadata {
  /** The same for everything that follows from one request or event that came from outside. */
  readonly correlationId: string;
  /** The id of the message whose handler sent or emitted this one; `undefined` at the start of a flow. */
  readonly causationId: string | undefined;
  /** The id of the message in hand: a notification event's `eventId`, that of the broker's message, else made when first asked for. */
  readonly messageId: string;
  readonly headers: Headers;
}

/** What a caller may say of a dispatch; what is left out is inherited, or made when first asked for. */
export interface MetadataInit {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly headers?: Headers | undefined;
}
