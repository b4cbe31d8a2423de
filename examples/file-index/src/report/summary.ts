import type { Delivery } from "../index/answer-writer.js";
import type { Places } from "../places.js";
import type { Tools } from "../tools.js";
import { type Copies, wastedBy } from "./duplicates.js";
import { formatBytes, formatCount, formatFiles, printable } from "./format.js";
import type { TypeStatistics } from "./statistics.js";

export interface Summary {
  /** It ended before everything was read. */
  readonly stopped: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly failed: number;
  readonly seconds: number;
  readonly itemsPerSecond: number;
  readonly eventsHandled: number;
  readonly peakHandlers: number;
  readonly largestTypes: readonly TypeStatistics[];
  readonly duplicates: {
    readonly files: number;
    readonly bytes: number;
    readonly largest: readonly Copies[];
  };
  readonly index: string;
  readonly auditLog: string;
  readonly events: Delivery & { readonly file: string };
}

/** What was shown. */
type Count = Readonly<Record<"indexed" | "skipped" | "failed" | "bytes", number>>;

export function summarize(
  tools: Tools,
  places: Places,
  {
    count,
    events,
    stopped,
    seconds,
  }: {
    readonly count: Count;
    readonly events: Delivery;
    readonly stopped: boolean;
    readonly seconds: number;
  },
): Summary {
  const { statistics, gauge } = tools;
  const copies = tools.duplicates.found();
  return {
    stopped,
    files: count.indexed,
    bytes: count.bytes,
    skipped: count.skipped,
    failed: count.failed,
    seconds,
    itemsPerSecond: (count.indexed + count.skipped + count.failed) / seconds,
    eventsHandled: gauge.handled,
    peakHandlers: gauge.peak,
    largestTypes: statistics.types().slice(0, 5),
    duplicates: {
      files: copies.reduce((sum, { paths }) => sum + paths.length - 1, 0),
      bytes: copies.reduce((sum, same) => sum + wastedBy(same), 0),
      largest: copies.slice(0, 3),
    },
    index: places.index,
    auditLog: places.auditLog,
    events: { ...events, file: places.eventsFile },
  };
}

export function formatSummary(summary: Summary): string {
  const { files, skipped, failed, duplicates } = summary;
  const lines = [
    `${summary.stopped ? "Stopped after " : ""}${formatFiles(files)}, ${formatBytes(summary.bytes)}, in ${summary.seconds.toFixed(1)} s: ` +
      `${formatCount(summary.itemsPerSecond)} items/s`,
    `${formatCount(summary.eventsHandled)} events handled, at most ${summary.peakHandlers} handlers at once`,
  ];
  if (skipped + failed > 0) {
    lines.push(
      `${formatCount(skipped)} skipped (links, pipes, devices, sockets), ${formatCount(failed)} could not be read`,
    );
  }
  lines.push("", "Largest types");
  for (const { type, files, bytes } of summary.largestTypes) {
    lines.push(`  ${formatBytes(bytes).padStart(9)}  ${type} (${formatFiles(files)})`);
  }
  lines.push("", `Duplicates: ${formatFiles(duplicates.files)}, ${formatBytes(duplicates.bytes)}`);
  for (const { size, paths } of duplicates.largest) {
    lines.push(
      `  ${paths.length} × ${formatBytes(size)}  ${printable(paths.slice(0, 2).join(", "))}${paths.length > 2 ? ", …" : ""}`,
    );
  }
  lines.push("", `Index: ${summary.index}`, `Audit log: ${summary.auditLog}`);
  lines.push(`Events: ${summary.events.file}, ${formatDelivery(summary.events)}`);
  return lines.join("\n");
}

function formatDelivery({ published, waiting }: Delivery): string {
  const rest = waiting > 0 ? `, ${formatCount(waiting)} wait in the index for the next run` : "";
  return `${formatCount(published)} published${rest}`;
}
