/** Where a group's dead letters are kept, unless its consumer says otherwise. */
export function defaultDeadLetterQueue(group: string): string {
  return `${group}.dead-letters`;
}
