/**
 * One phase as one line of text.
 *
 * @module
 */

/** A phase's state. */
export interface PhaseState {
  /** The name before the bar. */
  phase: string;
  /** Requests that are done. */
  done: number;
  /** How many requests there are; undefined while unknown. */
  total: number | undefined;
  /** How many were done when the phase began: they don't count towards its pace. */
  initial: number;
  /** Milliseconds since the phase began. */
  elapsed: number;
}

/** The shortest bar worth drawing. */
const MIN_BAR = 4;

/**
 * Formats a phase as a line that fills the columns. If there isn't enough room, the
 * unit goes first, then the bar, then the pace. A line that is still too long is cut
 * off.
 */
export function formatLine(state: PhaseState, columns: number): string {
  const { phase, done, total, initial } = state;
  const seconds = Math.max(state.elapsed, 0) / 1000;
  const pace = seconds > 0 ? (done - initial) / seconds : 0;
  const elapsed = formatInterval(seconds);
  const rate = formatRate(pace);
  if (total === undefined) {
    const count = `${done} ${done === 1 ? "request" : "requests"}`;
    return `${phase}: ${count} [${elapsed}, ${rate}]`.slice(0, columns);
  }

  const share = done < total ? done / total : 1;
  const head = `${phase}: ${formatPercent(share)}`;
  const count = `${done}/${total}`;
  const time = `${elapsed}<${formatRemaining(total - done, pace)}`;
  for (const unit of [" requests", ""]) {
    const tail = `${count}${unit} [${time}, ${rate}]`;
    const room = columns - `${head}|| ${tail}`.length;
    if (room >= MIN_BAR) return `${head}|${formatBar(share, room)}| ${tail}`;
  }
  const line = `${head} ${count} [${time}, ${rate}]`;
  return line.length <= columns
    ? line
    : `${head} ${count} [${time}]`.slice(0, columns);
}

/** Formats a time as `MM:SS`, from an hour on as `H:MM:SS`. */
export function formatInterval(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const text = `${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return minutes < 60 ? text : `${Math.floor(minutes / 60)}:${text}`;
}

/**
 * Formats a pace: `250/s`, `25.0/s`, below one per second `22.5/min`, below one per
 * minute `3.0/h`, and `?/s` if unknown.
 *
 * @param pace Requests per second; 0 if unknown.
 */
export function formatRate(pace: number): string {
  if (pace <= 0) return "?/s";
  if (pace >= 1) return `${pace.toFixed(pace < 100 ? 1 : 0)}/s`;
  return pace * 60 >= 1
    ? `${(pace * 60).toFixed(1)}/min`
    : `${(pace * 3600).toFixed(1)}/h`;
}

function formatRemaining(left: number, pace: number): string {
  if (left <= 0) return formatInterval(0);
  return pace > 0 ? formatInterval(left / pace) : "?";
}

/** Rounded, but 100 % only when everything is done. */
function formatPercent(share: number): string {
  const percent = share < 1 ? Math.min(Math.round(share * 100), 99) : 100;
  return `${percent}%`.padStart(4);
}

function formatBar(share: number, width: number): string {
  const eighths = Math.floor(share * width * 8);
  const full = "█".repeat(Math.floor(eighths / 8));
  const part = " ▏▎▍▌▋▊▉".charAt(eighths % 8);
  return (full + part).padEnd(width).slice(0, width);
}

function twoDigits(value: number): string {
  return `${Math.floor(value)}`.padStart(2, "0");
}
