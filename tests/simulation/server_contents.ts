/**
 * The contents of files as servers hand them out: input files written anew,
 * refused or behind a login page, and result files in disorder.
 *
 * @module
 */

import { reply } from "./reply.ts";
import type { ServerState } from "./server_state.ts";

type Input = string | URL | Request;
type Bytes = Uint8Array<ArrayBuffer>;

/** The contents of one server's files. */
export class Contents {
  readonly #state: ServerState;
  readonly #messy = new Map<string, Bytes>();

  constructor(state: ServerState) {
    this.#state = state;
  }

  /** Answers a download. */
  async download(
    id: string,
    input: Input,
    init?: RequestInit,
  ): Promise<Response> {
    const { clock, created, oddities, sim } = this.#state;
    if (created.has(id)) return await this.#input(input, init);
    if (!oddities.messyLines) return await sim.fetch(input, init);
    return reply(clock, 200, await this.messy(id, init));
  }

  async #input(input: Input, init?: RequestInit): Promise<Response> {
    const { clock, coverage, oddities } = this.#state;
    if (!oddities.keepsInput) return await this.#rewritten(input, init);
    await clock.sleep(50, init?.signal ?? undefined);
    if (oddities.inputIsLogin) {
      coverage.count("login page as input");
      return reply(clock, 200, "<html>Log in</html>");
    }
    const message = "Not allowed to download files of purpose: batch";
    return reply(clock, 403, { error: { message } });
  }

  async #rewritten(input: Input, init?: RequestInit): Promise<Response> {
    const { clock, coverage, oddities, sim } = this.#state;
    const response = await sim.fetch(input, init);
    if (!oddities.rewritesInput || !response.ok) return response;
    coverage.count("input written anew");
    const text = await clock.hold(response.text());
    const lines = text.trim().split("\n").map((line) => {
      const { body, ...rest } = JSON.parse(line);
      return `${JSON.stringify({ body, ...rest })}\n`;
    });
    return reply(clock, 200, lines.join(""), response.headers);
  }

  /** The same each time: only a file that was never read has no order yet. */
  async messy(id: string, init?: RequestInit): Promise<Bytes> {
    const { clock, random, sim } = this.#state;
    const known = this.#messy.get(id);
    if (known) return known;
    const url = `${sim.options.baseURL}/files/${id}/content`;
    const { headers, signal } = init ?? {};
    const response = await sim.fetch(url, {
      headers: headers ?? {},
      signal: signal ?? null,
    });
    const text = await clock.hold(response.text());
    const lines = text.split("\n").filter((line) => line !== "");
    const repeated = lines.filter(() => random.chance(0.2));
    const foreign = lines.filter(() => random.chance(0.1)).map((line, i) =>
      JSON.stringify({ ...JSON.parse(line), custom_id: `stranger-${i}` })
    );
    const all = random.shuffle([...lines, ...repeated, ...foreign]);
    const bytes = new TextEncoder().encode(
      all.map((line) => `${line}\n`).join(""),
    );
    this.#messy.set(id, bytes);
    return bytes;
  }
}
