/**
 * One phase as one line of text, in the format of tqdm.
 *
 * @module
 */

/** Where a phase stands. */
export interface PhaseState {
  /** The name before the bar. */
  phase: string;
  /** Requests that are done. */
  done: number;
  /** Requests there are; undefined while that is not known. */
  total: number | undefined;
  /** How many were done when the phase began: they do not count for its pace. */
  initial: number;
  /** Milliseconds since the phase began. */
  elapsed: number;
}

/** The shortest bar worth drawing. */
const MIN_BAR = 4;

/**
 * Formats a phase as a line that fills the columns. Where there is no room for
 * a bar there is none; what is still too long is cut off.
 *
 * @param state Where the phase stands.
 * @param columns The width of the terminal.
 * @returns The line, never longer than `columns`.
 */
export function formatLine(state: PhaseState, columns: number): string {
  const { phase, done, total, initial } = state;
  const seconds = Math.max(state.elapsed, 0) / 1000;
  const pace = seconds > 0 ? (done - initial) / seconds : 0;
  const elapsed = formatInterval(seconds);
  const rate = formatRate(pace);
  if (total === undefined) {
    return `${phase}: ${done}it [${elapsed}, ${rate}]`.slice(0, columns);
  }

  const share = done < total ? done / total : 1;
  const head = `${phase}: ${formatPercent(share)}`;
  const remaining = formatRemaining(total - done, pace);
  const tail = `${done}/${total} [${elapsed}<${remaining}, ${rate}]`;
  const room = columns - `${head}|| ${tail}`.length;
  return room < MIN_BAR
    ? `${head} ${tail}`.slice(0, columns)
    : `${head}|${formatBar(share, room)}| ${tail}`;
}

/**
 * Formats a time as `MM:SS`, from an hour on as `H:MM:SS`.
 *
 * @param seconds The time; fractions are dropped.
 * @returns The text.
 */
export function formatInterval(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const text = `${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return minutes < 60 ? text : `${Math.floor(minutes / 60)}:${text}`;
}

/**
 * Formats a pace: `25.00it/s`, below one a second ` 2.74s/it`, and `?it/s`
 * where it is not known. Figures are padded to five characters, as tqdm does.
 *
 * @param pace Requests per second; 0 where it is not known.
 * @returns The text.
 */
export function formatRate(pace: number): string {
  if (pace <= 0) return "?it/s";
  return pace < 1
    ? `${(1 / pace).toFixed(2).padStart(5)}s/it`
    : `${pace.toFixed(2).padStart(5)}it/s`;
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
