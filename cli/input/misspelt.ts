/**
 * Warns of fields that look like typing errors. They are sent anyway: an
 * API may have learnt a field since.
 *
 * @module
 */

import { printableLine } from "../../src/printable.ts";
import { meantField } from "./body_fields.ts";
import type { Reporter } from "../messages/reporter.ts";

/** Fields that are kept, to warn of each once. */
const MOST_FIELDS = 1_000;

/** Looks at what is sent. */
export class Misspelt {
  readonly #reporter: Reporter;
  readonly #endpoint: string;
  readonly #seen = new Set<string>();

  /**
   * @param reporter Warns.
   * @param endpoint The endpoint of requests that don't name one.
   */
  constructor(reporter: Reporter, endpoint: string) {
    this.#reporter = reporter;
    this.#endpoint = endpoint;
  }

  /**
   * @param request A request in any form: its `params` or its `body` are looked at.
   * @param place What it is called, such as "row 3".
   */
  see(request: unknown, place: string): void {
    if (typeof request !== "object" || request === null) return;
    const { params, body, url } = request as Record<string, unknown>;
    const endpoint = typeof url === "string" ? url : this.#endpoint;
    this.seeFields(params, place, endpoint);
    this.seeFields(body, place, endpoint);
  }

  /**
   * @param fields Parts of a body.
   * @param place What messages call it.
   * @param endpoint Their endpoint. @default the one of all requests
   */
  seeFields(
    fields: unknown,
    place: string,
    endpoint: string = this.#endpoint,
  ): void {
    if (typeof fields !== "object" || fields === null) return;
    for (const field in fields) {
      if (this.#seen.has(field) || this.#seen.size === MOST_FIELDS) continue;
      this.#seen.add(field);
      const meant = meantField(field, endpoint);
      if (meant === undefined) continue;
      const name = printableLine(field);
      void this.#reporter.tell(
        `warning: ${place} has the field ${name}, which ${endpoint} isn't known to have. Did you mean ${meant}? It is sent anyway`,
        { type: "warning", field, meant, place },
      );
    }
  }
}
