/**
 * Figures in words.
 *
 * @module
 */

export function count(count: number): string {
  return count.toLocaleString("en-US");
}

/** @returns The percentage; 100 % and 0 % only where it is exactly that. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  const value = 100 * part / whole;
  if (value > 99.9 && value < 100) return "> 99.9 %";
  if (value < 0.1 && value > 0) return "< 0.1 %";
  return `${Number(value.toFixed(1))} %`;
}

/**
 * @param usd An amount; undefined if it is not known.
 * @returns Dollars and cents, with more digits for small amounts.
 */
export function dollars(usd: number | undefined): string {
  if (usd === undefined) return "not known";
  const sign = usd < 0 ? "−" : "";
  const amount = Math.abs(usd);
  const digits = amount === 0 || amount >= 0.1 ? 2 : amount >= 0.01 ? 4 : 6;
  return `${sign}$${
    amount.toLocaleString("en-US", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
  }`;
}

/** @returns Its two largest units: "4 min 20 s". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return two(hours, "h", minutes % 60, "min");
  return two(Math.floor(hours / 24), "days", hours % 24, "h");
}

function two(a: number, unit: string, b: number, smaller: string): string {
  return b === 0 ? `${a} ${unit}` : `${a} ${unit} ${b} ${smaller}`;
}

/** @returns The time, to the minute: "2026-11-25 14:03 UTC". */
export function moment(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "not known";
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
