import { CloseTimeoutError } from "./stream-errors.js";

/** Waits for an end, but not for ever (rule S8). What fails after the grace time goes to `onLate`. */
export function withinGrace(
  ending: Promise<void>,
  closeTimeoutMs: number,
  stillRunning: () => string[],
  onLate: (error: unknown) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(new CloseTimeoutError(closeTimeoutMs, stillRunning()));
      ending.catch(onLate);
    };
    const timer = setTimeout(giveUp, closeTimeoutMs);
    ending.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
