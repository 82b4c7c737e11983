/**
 * Why a call got no answer: each runtime has words of its own for it.
 *
 * @module
 */

/** Deno names no codes. */
const CODES: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, "ECONNREFUSED"],
  [/dns error|failed to lookup address/i, "ENOTFOUND"],
  [/connection reset/i, "ECONNRESET"],
  [/broken pipe/i, "EPIPE"],
  [/no route to host/i, "EHOSTUNREACH"],
  [/network is unreachable/i, "ENETUNREACH"],
];

/** Longest text of an error that is quoted. */
const LONGEST = 200;

/** Where Node says what it was doing: looking up a name, or connecting. */
const BEFORE_SENDING: ReadonlySet<unknown> = new Set([
  "connect",
  "getaddrinfo",
]);

/** Node's, undici's and Bun's codes for a connection that was not made. */
const NO_CONNECTION =
  /^(ECONNREFUSED|ENOTFOUND|EAI_[A-Z]+|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|(ERR_TLS_)?CERT_[A-Z_]+|[A-Z_]*SELF_SIGNED_CERT[A-Z_]*)$/;

/** Deno's, which has no codes. */
const NO_CONNECTION_IN_WORDS = /client error \(Connect\)/;

interface Thrown {
  name?: unknown;
  code?: unknown;
  syscall?: unknown;
  message?: unknown;
  cause?: unknown;
}

/** @returns What the runtime says if it does not let this program use the network; undefined if it does. */
export function whyForbidden(error: unknown): string | undefined {
  for (const { name, code, message } of chainOf(error)) {
    const isForbidden = name === "NotCapable" || name === "PermissionDenied" ||
      code === "ERR_ACCESS_DENIED";
    if (isForbidden) return String(message);
  }
  return undefined;
}

/** @returns Its cause in a word, such as "ECONNREFUSED", or in its own words where it has no code. */
export function causeOf(error: unknown, key: string): string {
  const chain = chainOf(error);
  for (const { code, message } of chain) {
    if (typeof code === "string" && /^\w+$/.test(code)) return code;
    const known = CODES.find(([words]) => words.test(String(message)));
    if (known) return known[1];
  }
  const { name, message } = chain.at(-1) ?? {};
  // It quotes the text that it could not read.
  if (name === "SyntaxError") return name;
  const [said = ""] = String(message ?? "").replaceAll(key, "***")
    .replace(/ for url \(\S*\)|https?:\/\/\S+/g, "").split("\n");
  const text = said.trim().slice(0, LONGEST);
  return [name, text].filter((part) => typeof part === "string" && part)
    .join(": ");
}

/**
 * Whether the server can't have got anything of a call. Without evidence it
 * may have: an attempt too many is better than a payment that nobody sees.
 *
 * @returns True if no connection was made.
 */
export function isUnsent(error: unknown): boolean {
  for (const { code, syscall, message } of chainOf(error)) {
    if (typeof syscall === "string") return BEFORE_SENDING.has(syscall);
    if (NO_CONNECTION.test(String(code))) return true;
    if (NO_CONNECTION_IN_WORDS.test(String(message))) return true;
  }
  return false;
}

/** An error and what led to it, the last cause last. */
function chainOf(error: unknown): Thrown[] {
  const chain: Thrown[] = [];
  let next = error;
  while (typeof next === "object" && next !== null && chain.length < 8) {
    chain.push(next);
    next = (next as Thrown).cause;
  }
  return chain.length > 0 ? chain : [{ message: error }];
}
