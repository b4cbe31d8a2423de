import { InvalidOptionError } from "../errors/invalid-option-error.js";

/** The URL below which the names stand: always with a slash at its end, without which its last part would be lost. */
export function parseBaseUrl(given: string | URL): URL {
  let url: URL;
  try {
    url = new URL(given, globalThis.location?.href);
  } catch {
    throw refused(given, "A relative URL needs a page that it is relative to.");
  }
  if (!/^https?:$/.test(url.protocol)) throw refused(given);
  if (url.username || url.password) throw refused(given, "Give credentials in the headers.");
  if (url.search || url.hash) throw refused(given, "Leave out the query and the fragment.");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function refused(given: unknown, advice?: string): InvalidOptionError {
  const shown = given instanceof URL ? given.origin : given;
  return new InvalidOptionError(
    "baseUrl",
    shown,
    'an http or https URL, as "https://example.com/api/"',
    advice,
  );
}
