/**
 * Why a call got no response: each runtime says it in its own words.
 *
 * @module
 */

/** Deno has no error codes. */
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

/** In Node, the step that failed: looking up a name, or connecting. */
const BEFORE_SENDING: ReadonlySet<unknown> = new Set([
  "connect",
  "getaddrinfo",
]);

/** Node's, undici's and Bun's codes for a connection that was never made. */
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

/** @returns The runtime's message if it denies this program the network; undefined otherwise. */
export function whyForbidden(error: unknown): string | undefined {
  for (const { name, code, message } of chainOf(error)) {
    const isForbidden = name === "NotCapable" || name === "PermissionDenied" ||
      code === "ERR_ACCESS_DENIED";
    if (isForbidden) return String(message);
  }
  return undefined;
}

/** @returns The cause as a code, such as "ECONNREFUSED", or the message if it has none. */
export function causeOf(error: unknown, key: string): string {
  const chain = chainOf(error);
  for (const { code, message } of chain) {
    if (typeof code === "string" && /^\w+$/.test(code)) return code;
    const known = CODES.find(([words]) => words.test(String(message)));
    if (known) return known[1];
  }
  const { name, message } = chain.at(-1) ?? {};
  // It quotes the text it could not read.
  if (name === "SyntaxError") return name;
  const [said = ""] = String(message ?? "").replaceAll(key, "***")
    .replace(/ for url \(\S*\)|https?:\/\/\S+/g, "").split("\n");
  const text = said.trim().slice(0, LONGEST);
  return [name, text].filter((part) => typeof part === "string" && part)
    .join(": ");
}

/**
 * Whether the server certainly received nothing of a call. Without proof, assume it
 * did: counting one attempt too many is better than missing a payment.
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

/** An error and its causes, outermost first. */
function chainOf(error: unknown): Thrown[] {
  const chain: Thrown[] = [];
  let next = error;
  while (typeof next === "object" && next !== null && chain.length < 8) {
    chain.push(next);
    next = (next as Thrown).cause;
  }
  return chain.length > 0 ? chain : [{ message: error }];
}
