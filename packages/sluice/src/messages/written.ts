import type { NotificationEvent } from "./notification-event.js";

/** What is written of a message, and what its codec is given: the payload of a notification event, else the fields. */
export type Written<M> = M extends NotificationEvent<infer P> ? P : Fields<M>;

type Fields<M> = {
  [K in keyof M as K extends string ? (M[K] extends (...args: never) => unknown ? never : K) : never]: M[K];
};
