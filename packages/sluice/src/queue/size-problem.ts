/** What is wrong with so many bytes; `undefined`: nothing. */
export function sizeProblem({ length }: Uint8Array, maxBytes: number): string | undefined {
  if (length <= maxBytes) return undefined;
  return `it has ${length} bytes, and ${maxBytes} are the most. Send where the data are, register a compression, or raise maxBytes.`;
}
