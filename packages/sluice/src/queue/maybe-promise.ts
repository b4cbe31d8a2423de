/** The answer where the driver is synchronous, else a promise of it. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on at once where the answer is there, so that a synchronous driver stays so; else when it is. */
export function andThen<T, R>(
  answer: MaybePromise<T>,
  next: (answer: T) => MaybePromise<R>,
): MaybePromise<R> {
  return answer instanceof Promise ? answer.then(next) : next(answer);
}
