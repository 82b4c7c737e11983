/**
 * From some figures to the sum of all: a range that is meant to hold in nine
 * cases of ten.
 *
 * @module
 */

/** A figure that is not known exactly. */
export interface Range {
  /** It may be as little … */
  low: number;
  /** … is expected to be this … */
  expected: number;
  /** … and may be as much. */
  high: number;
}

/**
 * The sum of figures of which some are known. Its range is that of Student's t
 * on the logarithm of the mean, so that it is never negative, and reaches
 * further up where the known figures are skewed: of ten answers' lengths the
 * few long ones are often missing.
 *
 * @param known Figures that were drawn without a preference, two at least; none is negative.
 * @param count How many there are in all.
 * @returns The range of the sum of all, at 90 %.
 */
export function sumOf(known: readonly number[], count: number): Range {
  const { mean, deviation, skewness } = momentsOf(known);
  const expected = mean * count;
  if (mean === 0) return { low: 0, expected, high: 0 };
  const width = reach(known.length, count) * deviation / mean;
  const skew = 1 + Math.max(0, skewness) / Math.sqrt(known.length);
  return {
    low: expected / Math.exp(width),
    expected,
    high: expected * Math.exp(width * skew),
  };
}

/**
 * By how much a sum may be off, up and down, whose figures are expected to be 0.
 *
 * @param known Figures that were drawn without a preference, two at least.
 * @param count How many there are in all.
 * @returns Half the width of the range, at 90 %.
 */
export function errorOf(known: readonly number[], count: number): number {
  return reach(known.length, count) * momentsOf(known).deviation * count;
}

/** The error of a mean at 90 %, by the deviation of one figure; that of the others' mean is in it. */
function reach(known: number, count: number): number {
  return tQuantile(known - 1) * Math.sqrt(1 / known + 1 / count);
}

function momentsOf(values: readonly number[]) {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0);
  const squares = moment(2);
  return {
    mean,
    deviation: Math.sqrt(squares / (n - 1)),
    skewness: squares === 0 ? 0 : moment(3) / n / (squares / n) ** 1.5,
  };
}

/** Student's t at 95 % on one side, by the expansion of Fisher and Cornish. */
function tQuantile(freedom: number): number {
  const z = 1.6448536269514722;
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, i) => sum + term / freedom ** i, 0);
}
