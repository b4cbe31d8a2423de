/** On a signal, ends by `process.exit`, at which the servers that were started end too. */
export function endWithServers(): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(signal, () => process.exit(code));
}
