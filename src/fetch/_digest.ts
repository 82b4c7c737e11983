/**
 * SHA-256 without a promise. The platform's digest goes through another thread, which
 * costs more than the digest itself for a text as short as a call, and each call
 * needs one to be told apart from others. Nothing weaker will do: with two texts of
 * the same digest, one caller would get the answer to another's question.
 *
 * @module
 */

// The names are those of FIPS 180-4. Each round makes one new `a` and one new
// `e`; what it calls b, c and d (f, g and h) are the three before them.
const w = new Int32Array(64);
const a = new Int32Array(68);
const e = new Int32Array(68);
const K = rootsOfPrimes(64, 3);
const START = rootsOfPrimes(8, 2).reverse();
const encoder = new TextEncoder();

/** Most calls fit into it: new memory is zeroed, which takes as long as a third of the digest. */
const shared = new Uint8Array(65_536);

/** The first 32 bits of the fractional parts of the roots of the first primes. */
function rootsOfPrimes(count: number, root: number): Int32Array {
  const roots: number[] = [];
  for (let n = 2; roots.length < count; n++) {
    let divisor = 2;
    while (n % divisor !== 0) divisor++;
    if (divisor === n) roots.push(n ** (1 / root) % 1 * 2 ** 32);
  }
  return Int32Array.from(roots);
}

/** @returns The first 128 bits of the SHA-256 of its UTF-8 bytes, in hex. */
export function digestOf(text: string): string {
  // A character has three bytes at most; a mark and the length follow them.
  const most = text.length * 3 + 72;
  const bytes = most > shared.length ? new Uint8Array(most) : shared;
  const { written } = encoder.encodeInto(text, bytes);
  const end = (written + 72 >> 6) * 64;
  bytes.fill(0, written, end)[written] = 0x80;
  const view = new DataView(bytes.buffer);
  // A call's length in bits always fits into 32.
  view.setUint32(end - 4, written * 8);
  e.set(START);
  a.set(START.subarray(4));
  for (let at = 0; at < end; at += 64) mix(view, at);
  let hex = "";
  for (let i = 3; i >= 0; i--) hex += (a[i]! + 2 ** 32).toString(16).slice(-8);
  return hex;
}

/** Takes in one block. After each sum comes `| 0`: three words may be more than an integer. */
function mix(view: DataView, at: number): void {
  for (let i = 0; i < 64; i++) {
    const word = w[i] = i < 16 ? view.getInt32(at + i * 4) : sum(
      w[i - 16]! + w[i - 7]! | 0,
      turns(w[i - 15]!, 7, 18) ^ w[i - 15]! >>> 3,
      turns(w[i - 2]!, 17, 19) ^ w[i - 2]! >>> 10,
    );
    const t = sum(
      sum(e[i]!, K[i]!, word),
      turns(e[i + 3]!, 6, 11) ^ turn(e[i + 3]!, 25),
      e[i + 1]! ^ e[i + 3]! & (e[i + 2]! ^ e[i + 1]!),
    );
    e[i + 4] = a[i]! + t;
    a[i + 4] = sum(
      t,
      turns(a[i + 3]!, 2, 13) ^ turn(a[i + 3]!, 22),
      a[i + 2]! & a[i + 1]! ^ a[i + 3]! & (a[i + 2]! ^ a[i + 1]!),
    );
  }
  for (let i = 0; i < 4; i++) {
    a[i]! += a[i + 64]!;
    e[i]! += e[i + 64]!;
  }
}

function sum(a: number, b: number, c: number): number {
  return (a + b | 0) + c | 0;
}

function turns(word: number, some: number, more: number): number {
  return turn(word, some) ^ turn(word, more);
}

function turn(word: number, bits: number): number {
  return word >>> bits | word << 32 - bits;
}
