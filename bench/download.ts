/**
 * Download, decode and parse of 200 MB, against its parts alone: reading the
 * chunks, and `JSON.parse` of lines that are in memory.
 *
 * @module
 */

import { OpenAIBatch, parseLines } from "../mod.ts";
import { median, print } from "./_figure.ts";
import { outputLine } from "./_lines.ts";
import { startServer } from "./_process.ts";
import { describeRounds, measureInTurn } from "./_rounds.ts";

const server = await startServer();
const client = new OpenAIBatch({ baseURL: server.baseURL, apiKey: "none" });

let count = 0;
const ours = async () => {
  count = 0;
  for await (const _ of parseLines(await client.files.content("ready-200"))) {
    count++;
  }
};
await ours();
const lines = Array.from(
  { length: count },
  (_, i) => JSON.stringify(outputLine(`request-${i % 1_000}`, i % 1_000)),
);

const transport = async () => {
  const response = await fetch(`${server.baseURL}/files/ready-200/content`, {
    redirect: "error",
  });
  const reader = response.body!.getReader();
  while (!(await reader.read()).done);
};
const parse = () => {
  for (const line of lines) JSON.parse(line);
};

const rounds = await measureInTurn({ transport, parse, ours });
server.stop();
print({
  name: "download",
  value: median(rounds.map((t) => t.ours / (t.transport + t.parse))),
  limit: 1.25,
  unit: "×",
  detail: describeRounds(rounds),
});
