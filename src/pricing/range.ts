/**
 * From some figures to the sum of all: a range meant to hold nine times out of ten.
 *
 * @module
 */

/** A figure that is not known exactly. */
export interface Range {
  /** It may be as little as this, … */
  low: number;
  /** … is expected to be this, … */
  expected: number;
  /** … and may be as much as this. */
  high: number;
}

/**
 * The sum of figures of which some are known. The range is Student's t on the
 * logarithm of the mean, so it is never negative. It reaches further up if the
 * known figures are skewed: among ten answers, the few long ones are often missing.
 *
 * @param known Figures drawn at random, at least two; none is negative.
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
 * How far off a sum may be, up and down, if its figures are expected to be 0.
 *
 * @returns Half the width of the range, at 90 %.
 */
export function errorOf(known: readonly number[], count: number): number {
  return reach(known.length, count) * momentsOf(known).deviation * count;
}

/** The error of a mean at 90 %, as a multiple of one figure's deviation, including that of the other figures' mean. */
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

/** Student's t at 95 % on one side, by the Cornish–Fisher expansion. */
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
