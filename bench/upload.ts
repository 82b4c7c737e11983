/**
 * Encoding, digest and upload of a part of 200 MB, against its parts alone:
 * the upload of a form that is ready, `JSON.stringify` of the lines, and
 * SHA-256 of the blocks.
 *
 * @module
 */

import { encodeLines, OpenAIBatch } from "../mod.ts";
import { median, print } from "./_figure.ts";
import { requestLines } from "./_lines.ts";
import { runtime, startServer } from "./_process.ts";
import { describeRounds, measureInTurn } from "./_rounds.ts";

const server = await startServer();
const client = new OpenAIBatch({ baseURL: server.baseURL, apiKey: "none" });

const blocks: Uint8Array<ArrayBuffer>[] = [];
for await (const block of encodeLines(requestLines())) {
  blocks.push(new Uint8Array(block));
}
const form = new FormData();
form.append("purpose", "batch");
form.append("file", new Blob(blocks), "ready.jsonl");

const transport = async () => {
  const init = { method: "POST", body: form, redirect: "error" } as const;
  const response = await fetch(`${server.baseURL}/files`, init);
  await response.json();
};
const stringify = () => {
  for (const line of requestLines()) JSON.stringify(line);
};
const digest = async () => {
  for (const block of blocks) await crypto.subtle.digest("SHA-256", block);
};
const ours = async () => {
  await client.submit(requestLines(), {
    batchSize: 1_000_000,
    maxBytes: 210_000_000,
    progress: false,
  });
};

const tidy = async () => {
  for await (const { id } of client.files.list()) await client.files.delete(id);
};

const rounds = await measureInTurn(
  { transport, stringify, digest, ours },
  tidy,
);
server.stop();
print({
  name: "upload",
  value: median(
    rounds.map((t) => t.ours / (t.transport + t.stringify + t.digest)),
  ),
  limit: runtime === "Bun" ? 1.9 : 1.6,
  unit: "×",
  detail: describeRounds(rounds),
});
