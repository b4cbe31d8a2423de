import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EventHandlingError } from "sluice";
import { createHttpHandler, type ProblemDetails } from "sluice/http";
import { toNodeListener } from "sluice/http/node";
import { IndexWriter } from "../index/index-writer.js";
import type { Options } from "../options.js";
import { makePlaces } from "../places.js";
import { PlainError } from "../plain-error.js";
import { print } from "../report/print.js";
import { refusalOf } from "./guard.js";
import { createLiveMediator } from "./live-mediator.js";
import { IndexFolder, ListFolders, SearchIndex } from "./messages.js";
import { servePageFiles } from "./page-files.js";
import { Root } from "./root.js";

/** Serves the live page on this machine only, until the signal aborts. */
export async function serve({ folder, db, port, ...options }: Options, signal: AbortSignal): Promise<void> {
  const places = makePlaces(db);
  await using index = await IndexWriter.open(places); // its relay publishes as long as the server lives
  const settings = { ...options, places, index };
  await using mediator = createLiveMediator(new Root(folder), options.limit, settings);
  const answer = toNodeListener(
    createHttpHandler(mediator, {
      basePath: "/api/",
      stream: [IndexFolder],
      send: [ListFolders, SearchIndex],
      problem: problemOf,
    }),
  );
  const server = createServer((req, res) => {
    const refusal = refusalOf(req);
    if (refusal !== undefined) res.writeHead(403, { "content-type": "text/plain" }).end(refusal);
    else if (req.url?.startsWith("/api/")) answer(req, res);
    else servePageFiles(req, res);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error) => {
    throw new PlainError(`cannot listen on port ${port}: ${error.message}; --port names another`);
  });
  const { port: taken } = server.address() as AddressInfo;
  await print(`http://127.0.0.1:${taken}/ shows ${folder}; Ctrl-C ends it`);
  if (!signal.aborted) await once(signal, "abort");
  server.close();
  server.closeAllConnections(); // ends their runs
}

/** The person at the page is the one who started the server, and may know what is wrong with the index. */
function problemOf(error: unknown): ProblemDetails | undefined {
  if (!(error instanceof PlainError || error instanceof EventHandlingError)) return undefined;
  return { status: 500, title: "It cannot go on", detail: error.message };
}
