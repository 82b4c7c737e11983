/**
 * A loopback server that speaks as much of the Files and Batches API as the
 * figures need, and does little else: it keeps what is uploaded as it came,
 * and makes output files when they are asked for. It prints its port, and ends
 * when its stdin does.
 *
 * As at OpenAI, the lines of an output file are in an order of their own; here
 * it is the same in each run. Two things are not as there: the files `ready-200`
 * and `ready-1000` have that many megabytes of output lines, and no batch is
 * completed before one is created for a file whose name ends in `.last.jsonl`,
 * so that all batches of a job run at the same time.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { text } from "node:stream/consumers";
import type { Batch, FileObject } from "../mod.ts";
import { outputLine } from "./_lines.ts";

interface StoredFile {
  wire: FileObject;
  read(): Uint8Array[];
}

type Answer = (
  id: string,
  query: URLSearchParams,
  request: IncomingMessage,
) => unknown;

const files = new Map<string, StoredFile>();
const batches = new Map<string, Batch>();

const routes: Record<string, Answer> = {
  "POST files": (_id, _query, request) => upload(request),
  "GET files": (id, query) => id ? fileOf(id).wire : page(inputs(), query),
  "DELETE files": (id) => ({ id, object: "file", deleted: files.delete(id) }),
  "POST batches": (_id, _query, request) => createBatch(request),
  "GET batches": (id, query) =>
    id ? batches.get(id) : page([...batches.values()], query),
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, , kind, id = "", content] = url.pathname.split("/");
  if (content === "content") return await sendFile(response, fileOf(id));
  const answer = routes[`${request.method} ${kind}`]!;
  const value = await answer(id, url.searchParams, request);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
});
const block = jsonl(
  Array.from({ length: 1_000 }, (_, i) => outputLine(`request-${i}`, i)),
);
for (const megabytes of [200, 1_000]) {
  const times = Math.round(megabytes * 1e6 / block.length);
  const blocks = Array<Uint8Array>(times).fill(block);
  const file = { filename: "output.jsonl", purpose: "batch_output" };
  keep({ ...file, id: `ready-${megabytes}` }, () => blocks);
}
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
process.stdin.on("end", () => process.exit()).resume();

function inputs(): FileObject[] {
  return [...files.values()].map(({ wire }) => wire)
    .filter(({ purpose }) => purpose === "batch");
}

/** The newest come first. */
function page(items: { id: string }[], query: URLSearchParams): unknown {
  const after = query.get("after");
  const newest = items.reverse();
  const start = newest.findIndex(({ id }) => id === after) + 1;
  const end = start + Number(query.get("limit") ?? 20);
  return {
    object: "list",
    data: newest.slice(start, end),
    has_more: end < newest.length,
  };
}

async function sendFile(
  response: ServerResponse,
  file: StoredFile,
): Promise<void> {
  const blocks = file.read();
  response.writeHead(200, { "content-length": sizeOf(blocks) });
  for (const block of blocks) {
    if (!response.write(block)) await once(response, "drain");
  }
  response.end();
}

async function upload(request: IncomingMessage): Promise<FileObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const head = Buffer.concat(chunks.slice(0, 4)).subarray(0, 4_096);
  const boundary = head.subarray(0, head.indexOf("\r\n")).toString();
  const start = head.indexOf("\r\n\r\n", head.indexOf('name="file"')) + 4;
  const [, filename = ""] =
    /filename="([^"]*)"/.exec(head.toString("latin1", 0, start)) ?? [];
  // Another field may follow the file.
  const tail = Buffer.concat(chunks.slice(-4));
  const before = sizeOf(chunks) - tail.length;
  const from = Math.max(start - before, 0);
  const end = before + tail.indexOf(`\r\n${boundary}`, from);
  const bytes = end - start;
  const read = () => Buffer.concat(chunks).subarray(start, start + bytes);
  return keep({ filename, purpose: "batch", bytes }, () => [read()]);
}

async function createBatch(request: IncomingMessage): Promise<Batch> {
  const params = JSON.parse(await text(request));
  const { filename } = fileOf(params.input_file_id).wire;
  const batch: Batch = {
    id: `batch_${batches.size}`,
    object: "batch",
    ...params,
    status: "in_progress",
    created_at: now(),
  };
  batches.set(batch.id, batch);
  if (filename.endsWith(".last.jsonl")) {
    for (const { id } of batches.values()) complete(id);
  }
  return batch;
}

function complete(id: string): void {
  const batch = batches.get(id)!;
  if (batch.status === "completed") return;
  const input = files.get(batch.input_file_id)!;
  const total = countLines(input.read());
  const output = { filename: "output.jsonl", purpose: "batch_output" };
  batches.set(id, {
    ...batch,
    status: "completed",
    output_file_id: keep(output, () => [answerAll(input)]).id,
    request_counts: { total, completed: total, failed: 0 },
  });
}

function answerAll(input: StoredFile): Uint8Array {
  const requests = Buffer.concat(input.read()).toString().trimEnd().split("\n");
  return jsonl(shuffled(
    requests.map((line, i) => outputLine(JSON.parse(line).custom_id, i)),
  ));
}

/** Fisher and Yates, with the numbers of Lehmer. */
function shuffled<T>(values: T[]): T[] {
  let seed = 1;
  for (let i = values.length - 1; i > 0; i--) {
    seed = seed * 48_271 % 2_147_483_647;
    const j = seed % (i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

function countLines(blocks: readonly Uint8Array[]): number {
  let lines = 0;
  for (const block of blocks) {
    for (let i = block.indexOf(10); i !== -1; i = block.indexOf(10, i + 1)) {
      lines++;
    }
  }
  return lines;
}

/** Without `bytes`, they are counted when the description is asked for. */
function keep(
  file: Pick<FileObject, "filename" | "purpose"> & Partial<FileObject>,
  read: () => Uint8Array[],
): FileObject {
  const wire: FileObject = {
    id: `file-${crypto.randomUUID()}`,
    object: "file",
    get bytes() {
      return sizeOf(read());
    },
    created_at: now(),
    ...file,
  };
  files.set(wire.id, { wire, read });
  return wire;
}

function fileOf(id: string): StoredFile {
  const file = files.get(id);
  if (file) return file;
  throw new Error(`No such file: ${id}`);
}

function jsonl(values: unknown[]): Uint8Array {
  return Buffer.from(
    values.map((value) => JSON.stringify(value) + "\n").join(""),
  );
}

function sizeOf(blocks: readonly Uint8Array[]): number {
  return blocks.reduce((sum, { length }) => sum + length, 0);
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}
