/** Figures as INFO writes them. */

/** A line each; the order is Redis's. */
export type Fields = readonly (readonly [name: string, value: string | number])[];

/** Bytes as Redis abbreviates them: `1.05M`. */
export function human(bytes: number): string {
  const units = ["K", "M", "G", "T", "P"];
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${units[unit]}`;
}

export function percentText(percent: number): string {
  return `${percent.toFixed(2)}%`;
}

/** A name that clients chose, without what would end or comment out its line. */
export function safeName(name: string): string {
  return name.replace(/[#:\n\r]/g, "_");
}
