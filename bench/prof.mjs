import { OnSqlite } from "./dist/outbox/on-sqlite.js";

using s = await new OnSqlite().start();
console.log(
  "relay",
  Math.round(await s.relay({ batchSize: 1000, lanes: 1 })),
  "hand",
  Math.round(s.byHand(1000)),
);
