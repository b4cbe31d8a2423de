const largestSequence = "18446744073709551615";

/** The last id that an entry may have from before a moment. */
export function beforeOf(moment: Date): string {
  const ms = moment.getTime();
  return ms <= 0 ? "0-0" : `${ms - 1}-${largestSequence}`;
}
