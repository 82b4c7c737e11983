/**
 * Lists as servers really give them: they lag behind, lose a cursor, refuse a
 * page, show batches as they were, or begin with those of others.
 *
 * @module
 */

import { reply } from "./reply.ts";
import type { Fields, ServerState } from "./server_state.ts";
import type { Words } from "./server_words.ts";

type Input = string | URL | Request;

/** How the ids of others' batches begin. */
const OTHERS = "batch_of_others_";

/** Files of others whose names look like the job's. */
const NAMES_OF_OTHERS = [
  null,
  "sim.v1.p0.r30000000.n1.0123456789abcdef.jsonl",
  `sim.v1.p0.l1-${"9".repeat(10_000)}.r0.n1.0123456789abcdef.jsonl`,
  "sim.v1.p0.l2-1.r0.n1.0123456789abcdef.jsonl",
  "sim.v1.p0.l0-1.r0.n2.0123456789abcdef.jsonl",
  "sim.v1.p0.l1-2.r0.n1.0123456789abcdef.jsonl",
  "simulator.v1.p0.r0.n1.0123456789abcdef.last.jsonl",
  "sim.v1.jsonl",
];

/** The lists of one server. */
export class Lists {
  readonly #state: ServerState;
  readonly #words: Words;
  /** How each batch was listed first, where lists are frozen. */
  readonly #frozen = new Map<string, Fields>();
  /** Items that pages have shown. */
  readonly #shown = new Map<string, Fields>();

  constructor(state: ServerState, words: Words) {
    this.#state = state;
    this.#words = words;
  }

  /** A page of files or of batches. */
  async page(
    call: string,
    input: Input,
    init?: RequestInit,
  ): Promise<Response> {
    const refused = this.#refusePage(input);
    if (refused) {
      await this.#state.clock.sleep(50, init?.signal ?? undefined);
      return refused;
    }
    if (call === "batches.list") return await this.#batches(input, init);
    return await this.#list(await this.#forward(input, init));
  }

  /** Refuses a page that is too long, or that begins behind something deleted. */
  #refusePage(input: Input): Response | undefined {
    const { coverage, random, oddities } = this.#state;
    const { longestPage = Infinity, cursors } = oddities;
    const { searchParams } = urlOf(input);
    if (Number(searchParams.get("limit") ?? 20) > longestPage) {
      coverage.count("page too long");
      const says = `Limit must be between 1 and ${longestPage}`;
      return this.#words.refusal(400, says);
    }
    const isDeleted = cursors === "deleted" && searchParams.has("after") &&
      random.chance(0.15);
    if (!isDeleted) return undefined;
    coverage.count("cursor deleted");
    const status = random.pick([400, this.#words.gone]);
    return this.#words.refusal(status, "No such item to go on after");
  }

  /** Before the job's page, there is one of others. */
  async #batches(input: Input, init?: RequestInit): Promise<Response> {
    const { clock, oddities } = this.#state;
    const url = urlOf(input);
    const after = url.searchParams.get("after");
    if (oddities.crowded && after === null) {
      await clock.sleep(50, init?.signal ?? undefined);
      return reply(clock, 200, this.#pageOfOthers());
    }
    if (after?.startsWith(OTHERS)) url.searchParams.delete("after");
    return await this.#list(await this.#forward(url, init));
  }

  #pageOfOthers(): Fields {
    const created_at = Math.floor(this.#state.clock.now() / 1_000);
    const data = Array.from({ length: 100 }, (_, i) =>
      this.#words.batch({
        id: `${OTHERS}${i}`,
        object: "batch",
        endpoint: "/v1/chat/completions",
        input_file_id: "file-of-others",
        completion_window: "24h",
        status: "in_progress",
        created_at,
        metadata: null,
      }));
    return { object: "list", data, has_more: true };
  }

  /** What it makes of a cursor. */
  async #forward(input: Input, init?: RequestInit): Promise<Response> {
    const { coverage, oddities: { cursors }, random, sim } = this.#state;
    const url = urlOf(input);
    if (!cursors || cursors === "deleted") return await sim.fetch(url, init);
    const after = url.searchParams.get("after");
    const isIgnored = cursors === "ignored" && after !== null &&
      random.chance(0.2);
    if (isIgnored) {
      coverage.count("cursor ignored");
      url.searchParams.delete("after");
    }
    const response = await sim.fetch(url, init);
    const page = await this.#words.read(response);
    if (!response.ok || cursors === "ignored") {
      return this.#words.answer(response, page);
    }
    const last = this.#shown.get(after ?? "");
    const data = page.data as Fields[];
    for (const item of data) this.#shown.set(String(item.id), item);
    if (!last) return this.#words.answer(response, page);
    coverage.count("cursor repeated");
    return this.#words.answer(response, { ...page, data: [last, ...data] });
  }

  async #list(response: Response): Promise<Response> {
    const { clock, created, oddities } = this.#state;
    const page = await this.#words.read(response);
    if (!response.ok) return this.#words.answer(response, page);
    const shown = clock.now() - oddities.lag;
    const data = (page.data as Fields[]).filter(({ id }) =>
      (created.get(String(id)) ?? 0) <= shown
    );
    const odd = data.map((item) =>
      item.object === "file" ? this.#words.file(item) : this.#asListed(item)
    );
    const others = oddities.foreignNames ? this.#filesOfOthers() : [];
    const isOfFiles = data[0]?.object === "file";
    const all = isOfFiles ? [...others, ...odd] : odd;
    return this.#words.answer(response, { ...page, data: all });
  }

  /** A batch as lists show it. */
  #asListed(batch: Fields): Fields {
    const { coverage, created, oddities: { lists } } = this.#state;
    const shown = this.#words.batch(batch);
    if (!lists || !created.has(String(batch.id))) return shown;
    coverage.count(`list ${lists}`);
    if (lists === "without files") {
      const { output_file_id: _, error_file_id: __, ...rest } = shown;
      return rest;
    }
    const first = this.#frozen.get(String(batch.id)) ?? shown;
    this.#frozen.set(String(batch.id), first);
    return first;
  }

  #filesOfOthers(): Fields[] {
    this.#state.coverage.count("foreign file names");
    return NAMES_OF_OTHERS.map((filename, i) => ({
      id: `file-of-others-${i}`,
      object: "file",
      bytes: 2,
      created_at: 1,
      filename,
      purpose: "batch",
    }));
  }
}

function urlOf(input: Input): URL {
  return new URL(input instanceof Request ? input.url : input);
}
