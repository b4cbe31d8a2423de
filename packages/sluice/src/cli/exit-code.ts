/** How the command ends, for scripts. `docs/cli.md` lists them. */
export const exitCodes = { done: 0, failed: 1, usage: 2, noMatch: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
