import type { Row } from "../work.js";
import { measureBundle } from "./bundle.js";
import { measureImport } from "./import-time.js";

export async function* runSize(): AsyncGenerator<Row> {
  yield await measureBundle();
  yield await measureImport();
}
