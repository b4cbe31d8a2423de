/** The text between the parameters, as a tagged template is given it: the library puts its own engine's placeholders in. */
export function templateOf(sql: string): TemplateStringsArray {
  const parts = sql.split("?");
  return Object.assign(parts, { raw: parts });
}
