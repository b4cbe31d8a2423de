import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

// What the page imports comes as it was installed and built: a browser needs no bundle.
const imports = {
  sluice: "/modules/sluice/index.js",
  "sluice/client": "/modules/sluice/client/index.js",
  "sluice/messages": "/modules/sluice/messages/index.js",
  "lit-html": "/modules/lit-html/lit-html.js",
  "lit-html/": "/modules/lit-html/",
  valibot: "/modules/valibot/index.min.mjs",
};

const folders = {
  "/modules/sluice/": new URL(".", import.meta.resolve("sluice")),
  "/modules/lit-html/": new URL("..", import.meta.resolve("lit-html")),
  "/modules/valibot/": new URL(".", import.meta.resolve("valibot")),
  "/app/page/": new URL("../page/", import.meta.url),
  "/app/contracts/": new URL("../contracts/", import.meta.url),
  "/": new URL("../../page/", import.meta.url),
};

const importMap = JSON.stringify({ imports });
const html = readFileSync(new URL("../../page/index.html", import.meta.url), "utf8").replace(
  "<!-- import map -->",
  () => `<script type="importmap">${importMap}</script>`,
);
const mapHash = createHash("sha256").update(importMap).digest("base64");

const headers = {
  "content-security-policy": `default-src 'none'; script-src 'self' 'sha256-${mapHash}'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
};

const mounts = Object.entries(folders).map(
  ([prefix, folder]) => [prefix, sirv(fileURLToPath(folder), { etag: true })] as const,
);

/** Gives the page, and the modules that it imports. */
export function servePage(req: IncomingMessage, res: ServerResponse): void {
  res.setHeaders(new Map(Object.entries(headers)));
  const { pathname } = new URL(req.url ?? "/", "http://localhost");
  if (pathname === "/") {
    res.setHeader("content-type", "text/html; charset=utf-8").end(html);
    return;
  }
  const notFound = () => void res.writeHead(404, { "content-type": "text/plain" }).end("Not found");
  const [prefix, give] = mounts.find(([prefix]) => pathname.startsWith(prefix)) ?? [];
  if (prefix === undefined || give === undefined || !/\.(m?js|css|svg)$/.test(pathname)) return notFound();
  req.url = pathname.slice(prefix.length - 1);
  give(req, res, notFound);
}
