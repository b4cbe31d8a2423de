import { type PythonCqrs, version } from "../../python/environment.js";
import type { Peer } from "./peer.js";

/** Its `EventProducer` over its SQLAlchemy outbox, in batches of 1,000; see bench/python/produce.py. */
export function pythonCqrsProducer(python: PythonCqrs): Peer {
  return {
    name: `python-cqrs ${version}`,
    rows: 5_000,
    run: async (url, rows) => (await python.run<{ rate: number }>("produce.py", [url, String(rows)])).rate,
  };
}
