export { DevNullMessageBroker } from "./brokers/dev-null-message-broker.js";
export type { EncodedPayload, Message } from "./brokers/message.js";
export type { ForwardOptions, MessageBroker, PublishOptions } from "./brokers/message-broker.js";
export type { ReceivedMessage } from "./brokers/received-message.js";
export type { OrderBy, StartAt, SubscribeOptions, Subscription } from "./brokers/subscribe-options.js";
export type { Container, ContainerScope } from "./containers/container.js";
export type { ErrorCode } from "./errors/codes.js";
export { InvalidOptionError } from "./errors/invalid-option-error.js";
export { SluiceError } from "./errors/sluice-error.js";
export { type EventFailure, EventHandlingError, FollowUpDepthError } from "./events/event-errors.js";
export { EventHandler } from "./events/event-handler.js";
export {
  type EventBindOptions,
  type EventHandlerFor,
  type EventHandlerLike,
  EventMap,
} from "./events/event-map.js";
export type { EventErrorAction, EventSettled } from "./events/event-processor.js";
export type {
  ContextMediator,
  DispatchOptions,
  ItemStream,
  StreamOptions,
} from "./handlers/context-mediator.js";
export { fallback } from "./handlers/fallback.js";
export { Fallback, type FallbackOptions } from "./handlers/fallback-handler.js";
export type { HandlerContext, StreamResume } from "./handlers/handler-context.js";
export {
  EmitOutsideHandlerError,
  HandlerConstructionError,
  InvalidEventError,
  InvalidHandlerError,
  NoBrokerError,
  ResolveOutsideHandlerError,
  SharedHandlerError,
  WrongHandlerKindError,
} from "./handlers/handler-errors.js";
export type { Logger } from "./handlers/logger.js";
export type { ScopeMode } from "./handlers/runtime.js";
export { bootstrap, bootstrapStreaming } from "./mediator/bootstrap.js";
export type { BootstrapOptions } from "./mediator/bootstrap-options.js";
export type {
  EventMediator,
  Mediator,
  RequestMediator,
  StreamingRequestMediator,
} from "./mediator/mediator.js";
export { MediatorClosedError, ScopeUnsupportedError, StartupError } from "./mediator/mediator-errors.js";
export type { AbstractClass, Class } from "./messages/class.js";
export { Command } from "./messages/command.js";
export { DomainEvent } from "./messages/domain-event.js";
export type { Event } from "./messages/event.js";
export type { Headers, Metadata, MetadataInit } from "./messages/metadata.js";
export { NotificationEvent, type NotificationEventInit } from "./messages/notification-event.js";
export { Query } from "./messages/query.js";
export { Request, type ResponseOf } from "./messages/request.js";
export type { Middleware, MiddlewareContext, Next, NextOptions } from "./middleware/middleware.js";
export { ChainExhaustedError } from "./requests/chain.js";
export { type ChainContext, ChainedRequestHandler } from "./requests/chained-request-handler.js";
export { DuplicateHandlerError, InvalidRequestError, NoHandlerError } from "./requests/request-errors.js";
export { RequestHandler } from "./requests/request-handler.js";
export {
  type ChainLinkFor,
  type ChainOptions,
  type RequestHandlerFor,
  type RequestHandlerLike,
  RequestMap,
} from "./requests/request-map.js";
export { CloseTimeoutError, YieldAfterReturnError } from "./requests/stream-errors.js";
export { StreamingRequestHandler } from "./requests/streaming-request-handler.js";
export type { CircuitBreaker } from "./resilience/circuit-breaker.js";
