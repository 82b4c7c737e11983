/**
 * SHA-256 without a promise. The platform's digest takes a turn through
 * another thread, which for a text as short as a call costs more than the
 * digest itself, and each call needs one before it can be told from others.
 *
 * @module
 */

const encoder = new TextEncoder();
/** Calls are mostly short, and need no buffer of their own. */
const scratch = new Uint8Array(16_384);
const schedule = new Int32Array(64);

/** The first 32 bits of the fractional parts of the roots of the first primes. */
function rootsOfPrimes(count: number, root: number): Int32Array {
  const roots: number[] = [];
  for (let n = 2; roots.length < count; n++) {
    let divisor = 2;
    while (n % divisor !== 0) divisor++;
    if (divisor === n) roots.push((n ** (1 / root) % 1) * 2 ** 32 | 0);
  }
  return Int32Array.from(roots);
}

const START = rootsOfPrimes(8, 2);
const ROUNDS = rootsOfPrimes(64, 3);

/**
 * @param text A text.
 * @returns The digest of its UTF-8 bytes, in hex.
 */
export function sha256(text: string): string {
  const most = text.length * 3 + 72;
  const bytes = most > scratch.length ? new Uint8Array(most) : scratch;
  const { written } = encoder.encodeInto(text, bytes);
  const length = ((written + 8 >> 6) + 1) * 64;
  bytes.fill(0, written, length);
  bytes[written] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(length - 8, written / 2 ** 29);
  view.setUint32(length - 4, written << 3);
  const state = START.slice();
  for (let at = 0; at < length; at += 64) mix(state, view, at);
  let hex = "";
  for (const word of state) hex += (word >>> 0).toString(16).padStart(8, "0");
  return hex;
}

/** One block: the names are those of FIPS 180-4. */
function mix(state: Int32Array, view: DataView, at: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!, y = w[i - 2]!;
    w[i] = w[i - 16]! + w[i - 7]! + (turn(x, 7) ^ turn(x, 18) ^ x >>> 3) +
      (turn(y, 17) ^ turn(y, 19) ^ y >>> 10);
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
        (g ^ e & (f ^ g)) + ROUNDS[i]! + w[i]! | 0;
    const u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
        (b & c ^ a & (b ^ c)) | 0;
    h = g;
    g = f;
    f = e;
    e = d + t | 0;
    d = c;
    c = b;
    b = a;
    a = t + u | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => state[i]! += word);
}

function turn(word: number, bits: number): number {
  return word >>> bits | word << 32 - bits;
}
