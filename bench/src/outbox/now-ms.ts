/** Milliseconds by a clock that goes evenly, and is the same for all processes of the machine. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
