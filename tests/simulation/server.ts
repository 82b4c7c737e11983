/**
 * The simulator as servers really are: lists that lag behind, odd fields,
 * files that are not found yet, a queue that others fill.
 *
 * @module
 */

import type { Batch, Fetch, FileObject } from "../../mod.ts";
import type { Simulator, VirtualClock } from "../../src/testing/mod.ts";
import type { Coverage } from "./coverage.ts";
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
  readonly #enqueuedTokens: number | undefined;
  readonly #random: Random;
  readonly #start: number;
  readonly #created = new Map<string, number>();
  readonly #refused = new Map<string, Refused>();
  readonly #coverage: Coverage;
  /** How each batch was listed first, where lists are frozen. */
  readonly #frozen = new Map<string, Fields>();
  #answers = 0;
  /** Items that pages have shown. */
  readonly #shown = new Map<string, Fields>();
  readonly #messy = new Map<string, Uint8Array<ArrayBuffer>>();

  constructor(
    sim: Simulator,
    clock: VirtualClock,
    { oddities, noCredit, enqueuedTokens }: Scenario,
    random: Random,
    coverage: Coverage,
  ) {
    this.#coverage = coverage;
    this.#sim = sim;
    this.#clock = clock;
    this.#oddities = oddities;
    this.#noCredit = noCredit;
    this.#enqueuedTokens = enqueuedTokens;
    this.#random = random;
    this.#start = clock.now();
  }

  /** Answers a call. */
  readonly fetch: Fetch = async (input, init) =>
    this.#dateWrongly(await this.#handle(input, init));

  async #handle(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const route = callOf(input, init);
    const isById = route.call === "batches.retrieve" ||
      route.call === "batches.cancel";
    if (isById && this.#isUnknown(route.id)) {
      this.#coverage.count("batch not known yet");
      await this.#clock.sleep(50, init?.signal ?? undefined);
      return refusal(this.#clock, this.#gone, "No batch found");
    }
    const isList = route.call.endsWith(".list");
    const refused = isList ? this.#refusePage(input) : undefined;
    if (refused) {
      await this.#clock.sleep(50, init?.signal ?? undefined);
      return refused;
    }
    switch (route.call) {
      case "files.create":
        return await this.#create(await this.#forward(input, init));
      case "batches.create":
        return await this.#createBatch(input, init);
      case "files.list":
        return await this.#list(await this.#forwardPage(input, init));
      case "batches.list":
        return await this.#listBatches(input, init);
      case "files.content":
        return await this.#content(route, input, init);
      case "files.delete": {
        const response = await this.#forward(input, init);
        return this.#answer(response, await this.#read(response));
      }
      default:
        return await this.#single(await this.#forward(input, init), init);
    }
  }

  /** What it says of what is not there. */
  get #gone(): number {
    return this.#oddities.says410 ? 410 : 404;
  }

  #isUnknown(id: string): boolean {
    const createdAt = this.#created.get(id) ?? -Infinity;
    return this.#clock.now() < createdAt + this.#oddities.unknownFor;
  }

  /** Refuses a page that is too long, or that begins behind something deleted. */
  #refusePage(input: string | URL | Request): Response | undefined {
    const { longestPage = Infinity, cursors } = this.#oddities;
    const { searchParams } = urlOf(input);
    if (Number(searchParams.get("limit") ?? 20) > longestPage) {
      this.#coverage.count("page too long");
      const says = `Limit must be between 1 and ${longestPage}`;
      return refusal(this.#clock, 400, says);
    }
    const isDeleted = cursors === "deleted" && searchParams.has("after") &&
      this.#random.chance(0.15);
    if (!isDeleted) return undefined;
    this.#coverage.count("cursor deleted");
    const status = this.#random.pick([400, this.#gone]);
    return refusal(this.#clock, status, "No such item to go on after");
  }

  /** One answer of several has a date that is far ahead. */
  #dateWrongly(response: Response): Response {
    const { wrongDateEvery } = this.#oddities;
    if (!wrongDateEvery || ++this.#answers % wrongDateEvery) return response;
    this.#coverage.count("wrong date");
    const headers = new Headers(response.headers);
    const date = new Date(this.#clock.now() + 11 * 60_000).toUTCString();
    headers.set("date", date);
    const { status, body } = response;
    return new Response(body, { status, headers });
  }

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
    const { queueFullUntil, queueShared } = this.#oddities;
    const time = now - this.#start;
    const isShared = time < queueShared.until &&
      this.#random.chance(queueShared.share);
    if (isShared) this.#coverage.count("queue shared with others");
    if (isShared || time < queueFullUntil) {
      const limit = (this.#enqueuedTokens ?? 2_000_000).toLocaleString("en-US");
      const message =
        `Enqueued token limit reached for gpt-4o-mini in organization org-simulator. Limit: ${limit} enqueued tokens. Please try again once some in_progress batches have been completed.`;
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
    return await this.#list(await this.#forwardPage(url, init));
  }

  /** What it makes of a cursor. */
  async #forwardPage(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const { cursors } = this.#oddities;
    const url = urlOf(input);
    if (!cursors || cursors === "deleted") {
      return await this.#forward(url, init);
    }
    const after = url.searchParams.get("after");
    const isIgnored = cursors === "ignored" && after !== null &&
      this.#random.chance(0.2);
    if (isIgnored) {
      this.#coverage.count("cursor ignored");
      url.searchParams.delete("after");
    }
    const response = await this.#forward(url, init);
    const page = await this.#read(response);
    if (!response.ok || cursors === "ignored") {
      return this.#answer(response, page);
    }
    const last = this.#shown.get(after ?? "");
    const data = page.data as Fields[];
    for (const item of data) this.#shown.set(String(item.id), item);
    if (!last) return this.#answer(response, page);
    this.#coverage.count("cursor repeated");
    return this.#answer(response, { ...page, data: [last, ...data] });
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
      item.object === "file" ? this.#asFile(item) : this.#asListed(item)
    );
    const others = this.#oddities.foreignNames ? this.#namesOfOthers() : [];
    const isOfFiles = data[0]?.object === "file";
    const all = isOfFiles ? [...others, ...odd] : odd;
    return this.#answer(response, { ...page, data: all });
  }

  /** A batch as lists show it. */
  #asListed(batch: Fields): Fields {
    const { lists } = this.#oddities;
    const shown = this.#asBatch(batch);
    if (!lists || !this.#created.has(String(batch.id))) return shown;
    this.#coverage.count(`list ${lists}`);
    if (lists === "without files") {
      const { output_file_id: _, error_file_id: __, ...rest } = shown;
      return rest;
    }
    const first = this.#frozen.get(String(batch.id)) ?? shown;
    this.#frozen.set(String(batch.id), first);
    return first;
  }

  #namesOfOthers(): Fields[] {
    this.#coverage.count("foreign file names");
    const names = [
      "sim.v1.p0.r30000000.n1.0123456789abcdef.jsonl",
      `sim.v1.p0.l1-${"9".repeat(10_000)}.r0.n1.0123456789abcdef.jsonl`,
      "sim.v1.p0.l2-1.r0.n1.0123456789abcdef.jsonl",
      "sim.v1.p0.l0-1.r0.n2.0123456789abcdef.jsonl",
      "sim.v1.p0.l1-2.r0.n1.0123456789abcdef.jsonl",
      "simulator.v1.p0.r0.n1.0123456789abcdef.last.jsonl",
      "sim.v1.jsonl",
    ];
    return [null, ...names].map((filename, i) => ({
      id: `file-of-others-${i}`,
      object: "file",
      bytes: 2,
      created_at: 1,
      filename,
      purpose: "batch",
    }));
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
    const { wrongBytes } = this.#oddities;
    if (wrongBytes && purpose === "batch_output" && file.bytes) {
      this.#coverage.count("bytes of a result file wrong");
      file.bytes = Number(file.bytes) + 17;
    }
    return this.#answer(response, this.#asFile(file));
  }

  async #content(
    { id }: Route,
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    if (this.#created.has(id)) {
      const { keepsInput, inputIsLogin } = this.#oddities;
      if (!keepsInput) return await this.#input(input, init);
      await this.#clock.sleep(50, init?.signal ?? undefined);
      if (inputIsLogin) {
        this.#coverage.count("login page as input");
        return reply(this.#clock, 200, "<html>Log in</html>");
      }
      const error = {
        message: "Not allowed to download files of purpose: batch",
      };
      return reply(this.#clock, 403, { error });
    }
    if (!this.#oddities.messyLines) return await this.#forward(input, init);
    return reply(this.#clock, 200, await this.#messyContent(id, init));
  }

  async #input(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const response = await this.#forward(input, init);
    if (!this.#oddities.rewritesInput || !response.ok) return response;
    this.#coverage.count("input written anew");
    const text = await this.#clock.hold(response.text());
    const lines = text.trim().split("\n").map((line) => {
      const { body, ...rest } = JSON.parse(line);
      return `${JSON.stringify({ body, ...rest })}\n`;
    });
    return reply(this.#clock, 200, lines.join(""), response.headers);
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
    if (odd.errors) odd.errors = this.#asErrors(odd.errors as Fields);
    if (this.#areFilesLate(batch as unknown as Batch)) {
      Object.assign(odd, { output_file_id: null, error_file_id: null });
    }
    if (noMetadata) odd.metadata = null;
    if (noCounts) odd.request_counts = null;
    if (capitals) odd.status = oddStatus(String(batch.status));
    for (const name of ["output_file_id", "error_file_id"]) {
      odd[name] ??= noFileId;
    }
    return this.#dated(odd);
  }

  #asErrors(errors: Fields): unknown {
    const { errorsAs } = this.#oddities;
    if (!errorsAs) return errors;
    const data = errors.data as Fields[];
    this.#coverage.count(`errors as ${errorsAs}`);
    return errorsAs === "list" ? [null, ...data] : { data: data[0] };
  }

  /** Only first batches: the follow-up is what it is about. */
  #areFilesLate({ metadata, ...batch }: Batch): boolean {
    const { filesLate } = this.#oddities;
    if (!filesLate || !metadata?.offpeak?.includes(".r0.")) return false;
    const end = batch.completed_at ?? batch.expired_at ?? batch.cancelled_at;
    return this.#clock.now() < (end ?? Infinity) * 1_000 + filesLate;
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
    if (status !== 404) return reply(this.#clock, status, body, headers);
    if (this.#oddities.says410) this.#coverage.count("410");
    return reply(this.#clock, this.#gone, body, headers);
  }
}

function urlOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}

function refusal(
  clock: VirtualClock,
  status: number,
  message: string,
): Response {
  return reply(clock, status, { error: { message, code: null } });
}

function oddStatus(status: string): string {
  return status === "validating" ? "scheduling" : status.toUpperCase();
}
