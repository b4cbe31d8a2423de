import type { ContextMediator } from "../handlers/context-mediator.js";

/** What an HTTP handler uses of a mediator: `stream` where requests are streamed, `send` where they are sent. */
export type HttpMediator = Partial<Pick<ContextMediator, "send" | "stream">>;
