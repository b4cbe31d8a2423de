/**
 * What stands before the wildcard of a route, in a path that matches the route: for adapters whose frameworks match
 * patterns. `/t1/api/` of `/t1/api/GetUser`, under `/:tenant/api/*`.
 */
export function basePathOf(pattern: string, path: string): string {
  const depth = pattern.slice(0, pattern.search(/\{?\*/)).split("/").length - 1;
  return `${path.split("/", depth).join("/")}/`;
}
