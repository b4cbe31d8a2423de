import { mkdirSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

export interface SetPlaces {
  /** Where its process is spoken to. Whoever listens there is the set. */
  readonly socket: string;
  /** Where its servers have their folders. */
  readonly folder: string;
  /** What its process says, when it is detached. */
  readonly log: string;
}

/** Where the files of all sets of this user lie. */
export function setsFolder(): string {
  const { uid, username } = userInfo();
  const folder = join(tmpdir(), `sluice-services-${username}`);
  // A user that PostgreSQL changes to passes through.
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (uid >= 0 && statSync(folder).uid !== uid) throw new Error(`${folder} is another user's: delete it.`);
  return folder;
}

/** Where the files of one set lie. */
export function placesOf(set: string): SetPlaces {
  const all = setsFolder();
  return { socket: join(all, `${set}.sock`), folder: join(all, set), log: join(all, `${set}.log`) };
}
