import { schemaCommand, schemaQuery } from "sluice/messages";
import * as v from "valibot";
import type { IndexedFile, UnreadFile } from "../files/read-entry.js";
import type { Hit } from "../index/search.js";
import type { Lane } from "./lanes.js";

// The server and the page import these very classes: what the page may say is checked on both sides, and what comes
// back has its type there.

/** A path below the root, with "/" between its names; "" is the root itself. */
const folder = v.pipe(v.string(), v.maxLength(4096));

/** The most event handlers at once that may be asked for. */
const highestLimit = 256;

/** A file that is done: every one of its event handlers has run. */
export interface FileSight {
  readonly kind: "file";
  readonly file: IndexedFile | UnreadFile;
  /** It has the content of another one that came before. */
  readonly copy?: { readonly of: string; readonly files: number } | undefined;
}

/** How the run is going; it comes every 100 ms. */
export interface ProgressSight {
  readonly kind: "progress";
  readonly lanes: readonly Lane[];
  /** Event handlers at work. */
  readonly atWork: number;
  /** What there is to do, as far as it is counted. */
  readonly total: number;
  readonly isCounted: boolean;
}

/** Indexes a folder, `limit` event handlers at once, and streams what there is to be seen of it. */
export class IndexFolder extends schemaCommand(
  v.object({ folder, limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(highestLimit)) }),
)<FileSight | ProgressSight> {}

/** What may be chosen in a folder. */
export interface Folders {
  /** The root as the server names it. */
  readonly root: string;
  /** The folder, as a path below the root. */
  readonly folder: string;
  /** The names of the folders in it. */
  readonly names: readonly string[];
  /** How many there are beside those. */
  readonly more: number;
  /** The limit that the server was started with. */
  readonly limit: number;
}

export class ListFolders extends schemaQuery(v.object({ folder }))<Folders> {}

/** Those hits that the page shows, the best first. */
export interface Found {
  readonly count: number;
  readonly hits: readonly Hit[];
}

/** Searches what is indexed below the root. */
export class SearchIndex extends schemaQuery(
  v.object({ words: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)) }),
)<Found> {}

/** What stands around a word that was found, in a snippet: characters that no text shows. */
export const foundMarks = ["\u0002", "\u0003"] as const;
