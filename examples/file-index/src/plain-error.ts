/** An error whose message tells the user all there is to know, in one line; `exitCode` is 2 for a wrong call. */
export class PlainError extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}
