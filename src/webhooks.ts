/**
 * Webhooks: checks that a delivery is from OpenAI and recent (Standard Webhooks, with
 * WebCrypto), and returns its event. With `jobOf`, `attach` and `step`, it drives a
 * job without polling.
 *
 * @example A handler that drives jobs
 * ```ts
 * import { OpenAIBatch } from "@offpeak/openai-batch";
 * import { isBatchEvent, verifyWebhook } from "@offpeak/openai-batch/webhooks";
 *
 * async function handle(request: Request, secret: string): Promise<Response> {
 *   const event = await verifyWebhook(request, secret);
 *   if (!isBatchEvent(event)) return new Response();
 *   const client = new OpenAIBatch();
 *   const id = await client.jobOf(event.data.id);
 *   if (id) await (await client.attach(id)).step();
 *   return new Response();
 * }
 * ```
 *
 * @module
 */

import { asCode } from "./as_code.ts";
import type { EndedStatus } from "./batch_end.ts";
import { checkNoMore } from "./check_options.ts";

/** A batch has ended. A delivery may come twice, and in any order: `step` is idempotent, and looks for itself. */
export interface BatchEvent {
  /** The event's id, the same in each delivery. */
  id: string;
  /** Always "event". */
  object?: "event";
  /** How the batch ended. */
  type:
    | "batch.completed"
    | "batch.failed"
    | "batch.expired"
    | "batch.cancelled";
  /** When, seconds since the epoch. */
  created_at: number;
  /** What it is about. */
  data: {
    /** The batch's id, for `client.jobOf`. */
    id: string;
  };
}

/** Says that a background response ended; `client.notify` looks at it at once. */
export interface ResponseEvent {
  /** The event's id, the same in each delivery. */
  id: string;
  /** Always "event". */
  object?: "event";
  /** How the response ended. */
  type:
    | "response.completed"
    | "response.failed"
    | "response.cancelled"
    | "response.incomplete";
  /** When, seconds since the epoch. */
  created_at: number;
  /** What it is about. */
  data: {
    /** The response's id. */
    id: string;
  };
}

/** An event that isn't about a batch or a response. */
export interface OtherEvent {
  /** The event's id, the same in each delivery. */
  id: string;
  /** Always "event". */
  object?: "event";
  /** What happened, such as "eval.run.succeeded". */
  type: string;
  /** When, seconds since the epoch. */
  created_at: number;
  /** What it is about. */
  data: {
    /** Its id. Some types, such as "realtime.call.incoming", have another field instead. */
    id: string;
    /** More fields of that type. */
    [key: string]: unknown;
  };
}

/** What {@linkcode verifyWebhook} returns; {@linkcode isBatchEvent} and {@linkcode isResponseEvent} tell which. */
export type WebhookEvent = BatchEvent | ResponseEvent | OtherEvent;

/** The headers of a delivery, in upper or lower case. */
export type HeadersLike =
  | Headers
  | Record<string, string | string[] | undefined>;

/** A delivery that isn't a `Request`, such as Node's. */
export interface WebhookDelivery {
  /** Its headers. */
  headers: HeadersLike;
  /** Its body as it came over the wire. JSON that was parsed and printed again has another signature. */
  body: string;
}

/** Options of {@linkcode verifyWebhook}. Unknown ones are refused. */
export interface WebhookOptions {
  /** How far the delivery's time may be from `now`, before or after, in seconds. @default 300 */
  tolerance?: number | undefined;
  /** The time, milliseconds since the epoch. @default Date.now() */
  now?: number | undefined;
}

/** The delivery can't be trusted, or isn't an event. Answer it with a 400. */
export class WebhookError extends Error {
  /** For `switch (error.name)`. */
  override readonly name = "WebhookError";
  /**
   * For programs: a header is missing, no signature matches, the delivery is older or
   * newer than the tolerance, or the signed body isn't an event.
   */
  readonly code:
    | "missing_header"
    | "bad_signature"
    | "bad_timestamp"
    | "bad_body";

  /**
   * Makes an error.
   *
   * @param message For people.
   * @param code For programs.
   */
  constructor(message: string, code: WebhookError["code"]) {
    super(message);
    this.code = code;
  }
}

const SECRET_PREFIX = "whsec_";
const SIGNATURE_PREFIX = "v1,";
/** The most signatures to check: the sender chooses how many there are, and each costs time. */
const MOST_SIGNATURES = 32;
const SIGNATURE_BYTES = 32;
const BATCH_EVENTS: Readonly<Record<BatchEvent["type"], 1>> = {
  "batch.completed": 1,
  "batch.failed": 1,
  "batch.expired": 1,
  "batch.cancelled": 1,
} satisfies Record<`batch.${EndedStatus}`, 1>;
const HMAC = { name: "HMAC", hash: "SHA-256" };

/**
 * Checks a delivery's signature and age, and reads its event.
 *
 * @param request The delivery. The body of a `Request` is consumed.
 * @param secret The webhook's secret: `whsec_` and base64, or any other text as it is. While you rotate secrets, pass several with `whsec_`, separated by spaces: one has to match.
 * @param options How old the delivery may be.
 * @returns The event.
 * @throws {WebhookError} If a header is missing, the signature or the age is wrong, or the body isn't an event.
 * @throws {TypeError} If the secret is empty or not base64, the body isn't text, or an option is invalid.
 *
 * @example
 * ```ts
 * import { verifyWebhook, WebhookError } from "@offpeak/openai-batch/webhooks";
 *
 * const forged = { headers: { "webhook-id": "wh_1" }, body: "{}" };
 * try {
 *   await verifyWebhook(forged, "whsec_c2VjcmV0");
 * } catch (error) {
 *   console.assert(error instanceof WebhookError && error.code === "missing_header");
 * }
 * ```
 */
export async function verifyWebhook(
  request: Request | WebhookDelivery,
  secret: string,
  options: WebhookOptions = {},
): Promise<WebhookEvent> {
  const { tolerance = 300, now = Date.now(), ...unknown } = options;
  checkNoMore(unknown);
  checkTime("tolerance", tolerance);
  checkTime("now", now);
  const keys = readSecret(secret);
  const id = readHeader(request.headers, "webhook-id");
  const timestamp = readHeader(request.headers, "webhook-timestamp");
  const signatures = readHeader(request.headers, "webhook-signature");
  checkAge(timestamp, tolerance, now);
  const body = await readBody(request);
  const signed = concat(utf8(`${id}.${timestamp}.`), body);
  if (!await isSigned(signed, signatures, keys)) {
    throw new WebhookError("No signature matches the secret", "bad_signature");
  }
  return readEvent(body);
}

/**
 * Whether an event is about a batch. `type === "batch.completed"` doesn't narrow a
 * union with an open string; this does.
 *
 * @param event The event from `verifyWebhook`.
 * @returns True for the types of {@linkcode BatchEvent}.
 */
export function isBatchEvent(event: WebhookEvent): event is BatchEvent {
  return Object.hasOwn(BATCH_EVENTS, event.type);
}

/**
 * Whether an event is about a background response.
 *
 * @param event What `verifyWebhook` gave.
 * @returns True for the four types of {@linkcode ResponseEvent}.
 */
export function isResponseEvent(event: WebhookEvent): event is ResponseEvent {
  return /^response\.(completed|failed|cancelled|incomplete)$/.test(event.type);
}

function checkTime(name: string, value: number): void {
  if (typeof value === "number" && value >= 0) return;
  throw new RangeError(
    `The option ${name} must be a number of 0 or more: it is ${asCode(value)}`,
  );
}

function readSecret(secret: string): Uint8Array<ArrayBuffer>[] {
  if (typeof secret !== "string" || secret.trim() === "") {
    throw new TypeError("The webhook secret must be a non-empty string");
  }
  if (!secret.startsWith(SECRET_PREFIX)) return [utf8(secret)];
  return secret.trim().split(/\s+/).map((part) => {
    const key = part.startsWith(SECRET_PREFIX)
      ? fromBase64(part.slice(SECRET_PREFIX.length))
      : undefined;
    if (key?.length) return key;
    throw new TypeError(
      `A webhook secret must be "${SECRET_PREFIX}" followed by base64`,
    );
  });
}

function readHeader(headers: HeadersLike, name: string): string {
  const value = isHeaders(headers)
    ? headers.get(name)
    : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const text = Array.isArray(value) ? value.join(" ") : value;
  if (text) return text;
  throw new WebhookError(`The header ${name} is missing`, "missing_header");
}

/** `Headers` of another realm, or of a library, aren't instances of this class. */
function isHeaders(headers: HeadersLike): headers is Headers {
  return typeof headers.get === "function";
}

function checkAge(timestamp: string, tolerance: number, now: number): void {
  const seconds = /^\d+$/.test(timestamp) ? Number(timestamp) : NaN;
  const age = Math.floor(now / 1000) - seconds;
  if (Math.abs(age) <= tolerance) return;
  throw new WebhookError(
    Number.isNaN(age)
      ? "The header webhook-timestamp is not a number of seconds"
      : `The delivery is ${Math.abs(age)} s ${
        age > 0 ? "old" : "ahead"
      }: the tolerance is ${tolerance} s`,
    "bad_timestamp",
  );
}

/** The bytes as they came: decoding would lose a byte order mark. */
async function readBody(
  request: Request | WebhookDelivery,
): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof request.body === "string") return utf8(request.body);
  if ("arrayBuffer" in request) {
    return new Uint8Array(await request.arrayBuffer());
  }
  throw new TypeError(
    "The body must be the raw text from the wire, before any JSON parsing",
  );
}

/** `verify` compares in constant time. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  header: string,
  secrets: Uint8Array<ArrayBuffer>[],
): Promise<boolean> {
  const signatures = header.split(" ", MOST_SIGNATURES)
    .map((text) =>
      fromBase64(text.slice(
        text.startsWith(SIGNATURE_PREFIX) ? SIGNATURE_PREFIX.length : 0,
      ))
    )
    .filter((bytes) => bytes?.length === SIGNATURE_BYTES);
  const { subtle } = crypto;
  for (const secret of secrets) {
    const key = await subtle.importKey("raw", secret, HMAC, false, ["verify"]);
    for (const signature of signatures) {
      if (await subtle.verify("HMAC", key, signature!, signed)) return true;
    }
  }
  return false;
}

function readEvent(body: Uint8Array): WebhookEvent {
  let event: Partial<WebhookEvent> | null;
  try {
    event = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new WebhookError("The body is not JSON", "bad_body");
  }
  const isEvent = typeof event?.id === "string" &&
    typeof event.type === "string" && typeof event.created_at === "number" &&
    typeof event.data === "object" && event.data !== null;
  const known = event as WebhookEvent;
  const hasId = isEvent && typeof known.data.id === "string";
  const needsId = isEvent && (isBatchEvent(known) || isResponseEvent(known));
  if (isEvent && (hasId || !needsId)) return known;
  throw new WebhookError("The body is not an event", "bad_body");
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
