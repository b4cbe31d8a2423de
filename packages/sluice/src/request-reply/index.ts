export { connectRequester } from "./connect-requester.js";
export { NoReplyError, NoReplyWantedError, ResponderLostError } from "./request-reply-errors.js";
export type { Requester } from "./requester.js";
export type { RemoteSendOptions, RemoteStreamOptions, RequesterOptions } from "./requester-options.js";
export { type ResponderOptions, startResponder } from "./start-responder.js";
