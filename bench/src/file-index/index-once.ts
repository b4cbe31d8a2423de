// Started by run-file-index.ts: the main job once, as `npm start` does it, by Sluice or by hand, and prints the seconds of
// CPU time instead of the files.
interface IndexFolder {
  readonly bySluice: object;
  indexFolder(job: object, report: () => void, way: object): Promise<unknown>;
}

const [example, way, folder, db] = process.argv.slice(2) as [string, string, string, string];
const load = (file: string) => import(new URL(file, example).href);
const { bySluice, indexFolder }: IndexFolder = await load("index-folder.js");
const { readOptions } = await load("options.js");
const { makePlaces } = await load("places.js");
const options = readOptions([folder, "--db", db]);
const { signal } = new AbortController();
const job = { ...options, places: makePlaces(options.db), signal };
await indexFolder(job, () => {}, way === "bySluice" ? bySluice : (await load("bench/by-hand.js")).byHand);
const { user, system } = process.cpuUsage();
console.log((user + system) / 1e6);
