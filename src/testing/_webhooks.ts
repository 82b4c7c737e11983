/**
 * Deliveries for batches and responses that ended, signed as in Standard Webhooks.
 *
 * @module
 */

import type { Clock } from "../types/platform.ts";
import type { Random } from "./_random.ts";

const URL = "http://localhost/webhook";
const SECRET_PREFIX = "whsec_";

/** Gets every delivery. */
export type WebhookHandler = (request: Request) => unknown;

/** What deliveries need of their simulator. */
export interface WebhookContext {
  clock: Clock;
  secret: string;
  random: Random;
  /** Lets happen what is due. */
  advance: () => Promise<void>;
  /** Keeps the clock from moving meanwhile. */
  hold: <T>(work: Promise<T>) => Promise<T>;
}

/** What knows when something happens to it next, ms; Infinity once nothing more will. */
export interface Scheduled {
  due: number;
}

/** Wakes at the moments at which things change, if anybody listens. */
export class Webhooks {
  #handlers: WebhookHandler[] = [];
  #watches = new Map<Scheduled, AbortController>();
  #sent = 0;
  readonly #context: WebhookContext;

  constructor(context: WebhookContext) {
    this.#context = context;
  }

  /** Adds a listener. */
  listen(handler: WebhookHandler): void {
    this.#handlers.push(handler);
  }

  /** Wakes when something happens to it, until nothing more will. */
  watch(thing: Scheduled): void {
    if (this.#handlers.length === 0) return;
    this.#watches.get(thing)?.abort();
    const watch = new AbortController();
    this.#watches.set(thing, watch);
    void this.#follow(thing, watch.signal);
  }

  /** Hands over the event of a batch or a response that ended. */
  async deliver(
    kind: "batch" | "response",
    { id: about, status }: { id: string; status: string },
  ): Promise<void> {
    if (this.#handlers.length === 0) return;
    const { clock, secret, random, hold } = this.#context;
    const now = Math.floor(clock.now() / 1000);
    const ids = random.fork(++this.#sent);
    const body = JSON.stringify({
      id: ids.id("evt_"),
      object: "event",
      type: `${kind}.${status}`,
      created_at: now,
      data: { id: about },
    });
    const id = ids.id("wh_");
    const signature = await hold(sign(`${id}.${now}.${body}`, secret));
    for (const handler of this.#handlers) {
      handler(
        new Request(URL, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "user-agent":
              "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)",
            "webhook-id": id,
            "webhook-timestamp": `${now}`,
            "webhook-signature": `v1,${signature}`,
          },
          body,
        }),
      );
    }
  }

  async #follow(thing: Scheduled, signal: AbortSignal): Promise<void> {
    const { clock, advance } = this.#context;
    while (thing.due < Infinity) {
      try {
        await clock.sleep(thing.due - clock.now(), signal);
      } catch {
        return;
      }
      await advance();
    }
    this.#watches.delete(thing);
  }
}

async function sign(text: string, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    secret.startsWith(SECRET_PREFIX)
      ? fromBase64(secret.slice(SECRET_PREFIX.length))
      : encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
