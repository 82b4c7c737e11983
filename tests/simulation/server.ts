/**
 * The simulator as servers really are: lists that lag behind, odd fields,
 * files that are not found yet, a queue that others fill.
 *
 * @module
 */

import type { Batch, Fetch, FileObject } from "../../mod.ts";
import type { Simulator, VirtualClock } from "../../src/testing/mod.ts";
import type { Random } from "./random.ts";
import { reply } from "./reply.ts";
import { callOf, type Route } from "./route.ts";
import type { Oddities, Scenario } from "./scenario.ts";

type Fields = Record<string, unknown>;

/** A batch that the simulator failed for want of its file, and what it is to say. */
interface Refused {
  fileId: string;
  errors: Batch["errors"];
}

const DATES = /_at$/;

/** How the ids of others' batches begin. */
const OTHERS = "batch_of_others_";

/** One server. */
export class Server {
  readonly #sim: Simulator;
  readonly #clock: VirtualClock;
  readonly #oddities: Oddities;
  readonly #noCredit: Scenario["noCredit"];
  readonly #random: Random;
  readonly #start: number;
  readonly #created = new Map<string, number>();
  readonly #refused = new Map<string, Refused>();
  readonly #messy = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(
    sim: Simulator,
    clock: VirtualClock,
    { oddities, noCredit }: Scenario,
    random: Random,
  ) {
    this.#sim = sim;
    this.#clock = clock;
    this.#oddities = oddities;
    this.#noCredit = noCredit;
    this.#random = random;
    this.#start = clock.now();
  }

  /** Answers a call. */
  readonly fetch: Fetch = async (input, init) => {
    const route = callOf(input, init);
    switch (route.call) {
      case "files.create":
        return await this.#create(await this.#forward(input, init));
      case "batches.create":
        return await this.#createBatch(input, init);
      case "files.list":
        return await this.#list(await this.#forward(input, init));
      case "batches.list":
        return await this.#listBatches(input, init);
      case "files.content":
        return await this.#content(route, input, init);
      case "files.delete":
        return await this.#forward(input, init);
      default:
        return await this.#single(await this.#forward(input, init), init);
    }
  };

  /** Whether there is credit now. */
  get hasCredit(): boolean {
    const now = this.#clock.now() - this.#start;
    const { from, to } = this.#noCredit ?? { from: 0, to: 0 };
    return now < from || now >= to;
  }

  /** The input file that a batch was asked to run. */
  inputOf({ id, input_file_id }: Batch): string {
    return this.#refused.get(id)?.fileId ?? input_file_id;
  }

  async #forward(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    return await this.#sim.fetch(input, init);
  }

  async #create(response: Response): Promise<Response> {
    const body = await this.#read(response);
    if (response.ok) this.#created.set(String(body.id), this.#clock.now());
    return this.#answer(response, this.#asFile(body));
  }

  async #createBatch(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    if (!this.hasCredit && this.#random.chance(0.5)) return await this.#broke();
    const params = await new Response(init?.body ?? null).json();
    const fileId: string = params.input_file_id;
    const errors = this.#whyRefused(fileId);
    const body = errors ? { ...params, input_file_id: "file-none" } : params;
    const response = await this.#forward(input, {
      ...init,
      body: JSON.stringify(body),
    });
    const batch = await this.#read(response);
    if (response.ok) {
      this.#created.set(String(batch.id), this.#clock.now());
      if (errors) this.#refused.set(String(batch.id), { fileId, errors });
    }
    return this.#answer(response, this.#asBatch(batch));
  }

  async #broke(): Promise<Response> {
    await this.#clock.sleep(50);
    const error = {
      message: "You exceeded your current quota",
      type: "insufficient_quota",
      code: "insufficient_quota",
    };
    return reply(this.#clock, 429, { error });
  }

  #whyRefused(fileId: string): Batch["errors"] | undefined {
    const now = this.#clock.now();
    const uploaded = this.#created.get(fileId) ?? 0;
    if (now < uploaded + this.#oddities.uploadRace) {
      const message =
        `Cannot find file ${fileId}, or organization org-simulator does not have access to it.`;
      return { data: [{ code: "invalid_request", message, param: "file_id" }] };
    }
    if (now - this.#start < this.#oddities.queueFullUntil) {
      const message =
        "Enqueued token limit reached for gpt-4o-mini in organization org-simulator. Limit: 2,000,000 enqueued tokens. Please try again once some in_progress batches have been completed.";
      return { data: [{ code: "token_limit_exceeded", message }] };
    }
    return undefined;
  }

  /** Before the job's page, there is one of others. */
  async #listBatches(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const after = url.searchParams.get("after");
    if (this.#oddities.crowded && after === null) {
      await this.#clock.sleep(50, init?.signal ?? undefined);
      return reply(this.#clock, 200, this.#pageOfOthers());
    }
    if (after?.startsWith(OTHERS)) url.searchParams.delete("after");
    return await this.#list(await this.#forward(url, init));
  }

  #pageOfOthers(): Fields {
    const created_at = Math.floor(this.#clock.now() / 1_000);
    const data = Array.from({ length: 100 }, (_, i) =>
      this.#asBatch({
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

  async #list(response: Response): Promise<Response> {
    const page = await this.#read(response);
    if (!response.ok) return this.#answer(response, page);
    const shown = this.#clock.now() - this.#oddities.lag;
    const data = (page.data as Fields[]).filter(({ id }) =>
      (this.#created.get(String(id)) ?? 0) <= shown
    );
    const odd = data.map((item) =>
      item.object === "file" ? this.#asFile(item) : this.#asBatch(item)
    );
    return this.#answer(response, { ...page, data: odd });
  }

  async #single(response: Response, init?: RequestInit): Promise<Response> {
    const body = await this.#read(response);
    if (body.object !== "file") {
      return this.#answer(response, this.#asBatch(body));
    }
    const { id, purpose } = body as unknown as FileObject;
    const isMessy = this.#oddities.messyLines && purpose === "batch_output";
    const bytes = isMessy ? await this.#messyContent(id, init) : undefined;
    const file = bytes ? { ...body, bytes: bytes.length } : body;
    return this.#answer(response, this.#asFile(file));
  }

  async #content(
    { id }: Route,
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    if (this.#created.has(id)) {
      if (!this.#oddities.keepsInput) return await this.#forward(input, init);
      await this.#clock.sleep(50, init?.signal ?? undefined);
      const error = {
        message: "Not allowed to download files of purpose: batch",
      };
      return reply(this.#clock, 403, { error });
    }
    if (!this.#oddities.messyLines) return await this.#forward(input, init);
    return reply(this.#clock, 200, await this.#messyContent(id, init));
  }

  /** The same each time: only a file that was never read has no order yet. */
  async #messyContent(
    id: string,
    init?: RequestInit,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#messy.get(id);
    if (known) return known;
    const url = `${this.#sim.options.baseURL}/files/${id}/content`;
    const { headers, signal } = init ?? {};
    const response = await this.#sim.fetch(url, {
      headers: headers ?? {},
      signal: signal ?? null,
    });
    const text = await this.#clock.hold(response.text());
    const lines = text.split("\n").filter((line) => line !== "");
    const repeated = lines.filter(() => this.#random.chance(0.2));
    const foreign = lines.filter(() => this.#random.chance(0.1)).map((
      line,
      i,
    ) => JSON.stringify({ ...JSON.parse(line), custom_id: `stranger-${i}` }));
    const all = this.#random.shuffle([...lines, ...repeated, ...foreign]);
    const bytes = new TextEncoder().encode(
      all.map((line) => `${line}\n`).join(""),
    );
    this.#messy.set(id, bytes);
    return bytes;
  }

  #asFile(file: Fields): Fields {
    return this.#dated(file);
  }

  #asBatch(batch: Fields): Fields {
    if (batch.object !== "batch") return batch;
    const { noMetadata, noCounts, capitals, noFileId } = this.#oddities;
    const refused = this.#refused.get(String(batch.id));
    const odd = { ...batch };
    if (refused) {
      odd.input_file_id = refused.fileId;
      if (batch.status === "failed") odd.errors = refused.errors;
    }
    if (noMetadata) odd.metadata = null;
    if (noCounts) odd.request_counts = null;
    if (capitals) odd.status = oddStatus(String(batch.status));
    for (const name of ["output_file_id", "error_file_id"]) {
      odd[name] ??= noFileId;
    }
    return this.#dated(odd);
  }

  #dated(body: Fields): Fields {
    if (!this.#oddities.isoDates) return body;
    const entries = Object.entries(body).map(([name, value]) =>
      DATES.test(name) && typeof value === "number"
        ? [name, new Date(value * 1_000).toISOString()]
        : [name, value]
    );
    return Object.fromEntries(entries);
  }

  #read(response: Response): Promise<Fields> {
    return this.#clock.hold(response.json());
  }

  #answer({ status, headers }: Response, body: Fields): Response {
    return reply(this.#clock, status, body, headers);
  }
}

function oddStatus(status: string): string {
  return status === "validating" ? "scheduling" : status.toUpperCase();
}
