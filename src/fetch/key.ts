/**
 * The key of a call: the same for the same call in every process.
 *
 * @module
 */

/** Hex digits of a key: 128 bits, as no two calls may have the same by chance. */
const KEY_DIGITS = 32;

const HEX = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

/**
 * The key of a call: a digest of its endpoint and its body, whatever the order
 * of the body's keys, or of the name that the caller gave it.
 *
 * @param endpoint The endpoint.
 * @param body The body.
 * @param name The call's own name, from `x-offpeak-key`.
 * @returns 32 hex digits.
 */
export async function keyOf(
  endpoint: string,
  body: object,
  name: string | undefined,
): Promise<string> {
  const what = name === undefined
    ? JSON.stringify(body, sortKeys)
    : `name ${name}`;
  return await digestOf(`${endpoint}\n${what}`, KEY_DIGITS);
}

/**
 * A digest in hex.
 *
 * @param text What it is of.
 * @param digits How many digits of its SHA-256.
 * @returns The digits.
 */
export async function digestOf(text: string, digits: number): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  let hex = "";
  for (let i = 0; i < digits / 2; i++) hex += HEX[digest[i] as number];
  return hex;
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const entries = Object.entries(value);
  return entries.length < 2
    ? value
    : Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}
