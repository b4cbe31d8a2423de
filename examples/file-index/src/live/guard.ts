import type { IncomingMessage } from "node:http";

const ownNames = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Why a request is refused, if it is. A page of another site may reach this server through the visitor's browser: under
 * a host name of its own that leads here (DNS rebinding), or by asking for its address from its own page.
 */
export function refusalOf({ headers, url = "" }: IncomingMessage): string | undefined {
  const { host = "", origin, "sec-fetch-site": from } = headers;
  if (!ownNames.includes(host.replace(/:\d+$/, ""))) return "This server answers on localhost only.";
  if (!url.startsWith("/api/")) return undefined;
  const isForeign = (origin !== undefined && origin !== `http://${host}`) || !ownSites.includes(from);
  return isForeign ? "This server answers its own page only." : undefined;
}

/** `undefined`: it is no browser. "none": the person typed the address. */
const ownSites: unknown[] = [undefined, "same-origin", "none"];
