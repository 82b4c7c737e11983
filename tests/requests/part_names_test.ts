/** The digest and the name of a part's file. */

import {
  OpenAIBatch,
  type PartOptions,
  type RequestLine,
  type RequestSource,
} from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { createHash } from "node:crypto";
import { assert, options, test } from "../_support/prelude.ts";
import { sizeOf } from "./_chunk.ts";

const MODEL = "gpt-4o-mini";

const MiB = 1024 * 1024;

const params = { model: MODEL };

function lineOf(id: string, content: string, model = MODEL): RequestLine {
  const messages = [{ role: "user", content }];
  return {
    custom_id: id,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, messages },
  };
}

/** SHA-256 over the SHA-256 of each MiB, the first 16 digits: made anew, of nothing but the definition. */
function digestOf(bytes: Uint8Array): string {
  const whole = createHash("sha256");
  for (let start = 0; start < bytes.length; start += MiB) {
    const block = bytes.subarray(start, start + MiB);
    whole.update(createHash("sha256").update(block).digest());
  }
  return whole.digest("hex").slice(0, 16);
}

interface Uploaded {
  filename: string;
  tag: string | undefined;
  bytes: Uint8Array;
}

/** Sends requests, and reads what is uploaded then. */
async function upload(
  requests: RequestSource,
  options: PartOptions & { job: string },
): Promise<Uploaded[]> {
  const sim = createSimulator();
  const client = new OpenAIBatch(sim.options);
  await client.submit(requests, { ...options, params, progress: false });
  const batches = new Map(
    sim.ledger.batches.map((batch) => [batch.input_file_id, batch]),
  );
  return await Promise.all(sim.ledger.files.map(async ({ id, filename }) => {
    const content = await client.files.content(id);
    const bytes = new Uint8Array(await content.arrayBuffer());
    const tag = batches.get(id)?.metadata?.offpeak;
    return { filename, tag, bytes };
  }));
}

test(
  "a file's name and its batch say job, part, round, lines, digest, and which is the last",
  options,
  async () => {
    const job = "Reviews_2026-11-21";
    const requests = ["a", "b", "c", "d", "e"];
    const files = await upload(requests, { job, batchSize: 2 });
    const [d0, d1, d2] = files.map(({ bytes }) => digestOf(bytes));
    assert.deepEqual(files.map(({ filename }) => filename), [
      `${job}.v1.p0.r0.n2.${d0}.jsonl`,
      `${job}.v1.p1.r0.n2.${d1}.jsonl`,
      `${job}.v1.p2.r0.n1.${d2}.last.jsonl`,
    ]);
    for (const { filename, tag } of files) {
      assert.equal(`${tag}.jsonl`, filename);
    }
  },
);

test("the only part of a job is its last", options, async () => {
  const [file, ...more] = await upload(["a", "b"], { job: "one" });
  assert.match(
    file!.filename,
    /^one\.v1\.p0\.r0\.n2\.[0-9a-f]{16}\.last\.jsonl$/,
  );
  assert.deepEqual(more, []);
});

test(
  "of several groups only the one that is sent last is marked",
  options,
  async () => {
    const lines = ["m1", "m2", "m1", "m3", "m2"]
      .map((model, i) => lineOf(`r${i}`, "x", model));
    const files = await upload(lines, { job: "groups" });
    assert.deepEqual(
      files.map(({ filename }) => /\.last\.jsonl$/.test(filename)),
      [false, false, true],
    );
  },
);

test(
  "the last part is marked, though requests after it fit in none",
  options,
  async () => {
    const requests = ["a", "b", "c", "x".repeat(1_000)];
    const options = { job: "j", batchSize: 2, maxBytes: 400 };
    const files = await upload(requests, options);
    assert.deepEqual(
      files.map(({ filename }) => /\.last\.jsonl$/.test(filename)),
      [false, true],
    );
  },
);

test(
  "the digest is that of the file's MiB blocks, though characters lie across their borders",
  options,
  async () => {
    let straddled = 0;
    for (const shift of ["", "x", "xx", "xxx"]) {
      const requests = Array.from({ length: 3 }, (_, i) => ({
        id: `r${i}`,
        content: shift + "€".repeat(400_000) + "𝄞".repeat(100_000),
      }));
      const [file, ...more] = await upload(requests, { job: "large" });
      const { filename, bytes } = file!;
      assert.deepEqual(more, []);
      assert.ok(bytes.length > 4 * MiB);
      assert.equal(
        filename,
        `large.v1.p0.r0.n3.${digestOf(bytes)}.last.jsonl`,
      );
      const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
      assert.deepEqual(
        lines.map((line) => JSON.parse(line).body.messages[0].content),
        requests.map(({ content }) => content),
      );
      for (let border = MiB; border < bytes.length; border += MiB) {
        if ((bytes[border]! & 0b1100_0000) === 0b1000_0000) straddled++;
      }
    }
    assert.ok(straddled > 0, "no character lies across a border");
  },
);

test(
  "the digest of a file of many short lines is that of its MiB blocks",
  options,
  async () => {
    const requests = Array.from(
      { length: 20_000 },
      (_, i) => `question ${i} €`,
    );
    const [file] = await upload(requests, { job: "many" });
    const { filename, bytes } = file!;
    assert.ok(bytes.length > 2 * MiB);
    assert.equal(
      filename,
      `many.v1.p0.r0.n20000.${digestOf(bytes)}.last.jsonl`,
    );
  },
);

test(
  "the digest of a file of exactly one or two MiB has no empty block",
  options,
  async () => {
    const empty = sizeOf(lineOf("r0", ""));
    for (const size of [MiB - 1, MiB, MiB + 1, 2 * MiB]) {
      const line = lineOf("r0", "x".repeat(size - empty));
      const [file] = await upload([line], { job: "even" });
      const { filename, bytes } = file!;
      assert.equal(bytes.length, size);
      assert.equal(filename, `even.v1.p0.r0.n1.${digestOf(bytes)}.last.jsonl`);
    }
  },
);

test(
  "the same input has the same names, another input others",
  options,
  async () => {
    const names = async (text: string) =>
      (await upload([text, "b"], { job: "j" })).map(({ filename }) => filename);
    assert.deepEqual(await names("a"), await names("a"));
    assert.notDeepEqual(await names("a"), await names("A"));
  },
);
