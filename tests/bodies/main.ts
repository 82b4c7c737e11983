/**
 * How much memory bodies take that are longer than anybody reads: errors,
 * answers and lines of gigabytes, as they are and packed into two megabytes.
 * `deno task bodies` measures Deno, Bun and Node, and holds them against their
 * limits.
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";

const MB = 1_000_000;
/** Bytes of each body once it is unpacked. */
const LENGTH = 2_000 * MB;

const RUNTIMES: readonly (readonly [string, readonly string[]])[] = [
  ["Deno", [process.execPath, "run", "-q", "--no-check", "--allow-all"]],
  ["Bun", ["npx", "-y", "bun@1"]],
  ["Node", ["npx", "-y", "node@24", "--no-warnings"]],
];

/** What is sent, what has to come of it, and by how many MB the process may grow. */
const KINDS: readonly {
  kind: string;
  what: string;
  outcome: unknown;
  most: number;
}[] = [
  {
    kind: "error",
    what: "an error of 2 GB",
    outcome: "http_400",
    most: 60,
  },
  {
    kind: "error-gzip",
    what: "an error of 2 GB, packed",
    outcome: "http_400",
    most: 60,
  },
  {
    kind: "answer",
    what: "a list of 2 GB",
    outcome: "unreadable",
    most: 250,
  },
  {
    kind: "answer-gzip",
    what: "a list of 2 GB, packed",
    outcome: "unreadable",
    most: 250,
  },
  {
    kind: "direct-gzip",
    what: "a direct answer of 2 GB, packed",
    outcome: "answer_too_large",
    most: 350,
  },
  {
    kind: "line",
    what: "an output line of 2 GB",
    outcome: "1 too long",
    most: 350,
  },
  {
    kind: "line-gzip",
    what: "an output line of 2 GB, packed",
    outcome: "1 too long",
    most: 350,
  },
];

const FILLER = Buffer.alloc(MB, "x");

async function* filler(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"custom_id":"a","x":"');
  for (let sent = 0; sent < LENGTH; sent += FILLER.length) yield FILLER;
}

/** Two gigabytes in two megabytes. */
async function pack(): Promise<Buffer> {
  const gzip = createGzip();
  const packed: Buffer[] = [];
  gzip.on("data", (chunk) => packed.push(chunk));
  for await (const chunk of filler()) {
    if (!gzip.write(chunk)) await once(gzip, "drain");
  }
  gzip.end();
  await once(gzip, "end");
  return Buffer.concat(packed);
}

function answer(
  { url = "" }: IncomingMessage,
  response: ServerResponse,
  packed: Buffer,
): void {
  const [, kind = ""] = url.split("/");
  if (kind === "small") {
    response.end('{"data":[]}');
    return;
  }
  response.statusCode = kind.startsWith("error") ? 400 : 200;
  response.setHeader("content-type", "application/json");
  if (kind.endsWith("gzip")) {
    response.setHeader("content-encoding", "gzip");
    response.end(packed);
    return;
  }
  Readable.from(filler()).pipe(response);
}

async function measure(
  [program, ...args]: readonly string[],
  origin: string,
  kind: string,
): Promise<{ grown: number; outcome: unknown }> {
  const client = fileURLToPath(new URL("client.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(
    program as string,
    [...args, client, origin, kind],
    { timeout: 120_000 },
  );
  return JSON.parse(stdout);
}

const packed = await pack();
const server = createServer((request, response) =>
  answer(request, response, packed)
);
// Node is slow to unpack, and takes the end of the connection for that of the body.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
let broken = 0;
for (const { kind, what, outcome, most } of KINDS) {
  const figures: string[] = [];
  for (const [name, run] of RUNTIMES) {
    const measured = await measure(run, origin, kind);
    const isGood = measured.outcome === outcome && measured.grown <= most;
    if (!isGood) broken++;
    const sign = isGood ? "" : ` (${JSON.stringify(measured.outcome)}: NO)`;
    figures.push(`${name} ${measured.grown.toFixed(0)} MB${sign}`);
  }
  console.log(`${what}: ${figures.join(", ")}; at most ${most} MB`);
}
process.exit(broken === 0 ? 0 : 1);
