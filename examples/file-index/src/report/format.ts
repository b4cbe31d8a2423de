const whole = new Intl.NumberFormat("en");
const units = ["B", "kB", "MB", "GB", "TB"];

export function formatCount(count: number): string {
  return whole.format(Math.round(count));
}

export function formatFiles(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "file" : "files"}`;
}

export function formatBytes(bytes: number): string {
  const unit = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${unit === 0 ? bytes : (bytes / 1000 ** unit).toFixed(1)} ${units[unit]}`;
}

/** Text for one line of a terminal: names and snippets may hold anything, escape sequences too. */
export function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
