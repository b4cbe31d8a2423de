import type { Row } from "./work.js";

const headings = [
  "work",
  "measured",
  "took",
  "against",
  "took",
  "ratio or value",
  "middle half",
  "of means",
  "goal",
  "met",
];

/** Whether a row keeps what was promised; `undefined` where nothing was. */
export function isMet({ value, goal }: Row): boolean | undefined {
  if (goal === undefined) return undefined;
  if (goal.bound === "at least") return value >= goal.value;
  return goal.bound === "below" ? value < goal.value : value <= goal.value;
}

export function tableOf(rows: readonly Row[]): string {
  const lines = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)));
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, i) => cell.padEnd(widths[i] as number)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [format(headings), rule, ...lines.slice(1).map(format)].join("\n");
}

const signs = { "at most": "≤", below: "<", "at least": "≥" };

function cellsOf(row: Row): string[] {
  const { unit, goal, spread } = row;
  const show = (value: number) => (unit === "×" ? `${value.toFixed(2)}×` : `${value.toFixed(1)} ${unit}`);
  const met = isMet(row);
  return [
    row.work,
    row.measured,
    row.took,
    row.against,
    row.otherTook,
    show(row.value),
    spread ? `${show(spread[0])} – ${show(spread[1])}` : "",
    row.ofMeans ? show(row.ofMeans) : "",
    goal ? `${signs[goal.bound]} ${goal.value}${unit === "×" ? "×" : ` ${unit}`}` : "",
    met === undefined ? "" : met ? "yes" : "NO",
  ];
}

export function nanoseconds(value: number): string {
  return value < 10_000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(1)} µs`;
}
