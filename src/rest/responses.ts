/**
 * Background responses by their ids. There is no list of them.
 *
 * @module
 */

import type { Answer } from "./answer.ts";
import { pathOf, type Transport } from "./transport.ts";

/** Looks at responses, ends and deletes them. Each call is made once: the caller retries. */
export class Responses {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Looks at a response.
   *
   * @returns The answer, of any status but 401.
   * @throws {APIError} If the key is refused.
   * @throws {ConnectionError} If there is no answer.
   */
  retrieve(id: string, signal?: AbortSignal): Promise<Answer> {
    return this.#call("GET", pathOf("responses", id), signal);
  }

  /**
   * Ends a response. One that has ended stays as it is.
   *
   * @returns The response as it is then, or a refusal.
   * @throws {APIError} If the key is refused.
   * @throws {ConnectionError} If there is no answer.
   */
  cancel(id: string, signal?: AbortSignal): Promise<Answer> {
    return this.#call("POST", pathOf("responses", id, "cancel"), signal);
  }

  /**
   * Deletes a response.
   *
   * @returns Whether it is gone, or a refusal.
   * @throws {APIError} If the key is refused.
   * @throws {ConnectionError} If there is no answer.
   */
  delete(id: string, signal?: AbortSignal): Promise<Answer> {
    return this.#call("DELETE", pathOf("responses", id), signal);
  }

  #call(
    method: "GET" | "POST" | "DELETE",
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    return this.#transport.answer({ method, path, options: { signal } });
  }
}
