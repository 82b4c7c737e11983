/** When a result file was read whole, and when it is read again. */

import {
  APIError,
  ConnectionError,
  type FileObject,
  JobExpiredError,
} from "@offpeak/openai-batch";
import {
  newProgress,
  type ReadFileOptions,
  readResultFile,
} from "../../../src/job/read/result_file.ts";
import type { Files } from "../../../src/rest/files.ts";
import { assert, options, test } from "../../_support/prelude.ts";

const LINE = '{"custom_id":"a","response":{"status_code":200,"body":{}}}\n';

/** Files whose content is another at each download; the last one stays. */
function serve(contents: (string | Error)[], bytes: unknown = LINE.length) {
  const seen = { downloads: 0, signals: [] as unknown[] };
  const files = {
    content: (_id: string, { signal }: { signal: unknown }) => {
      seen.signals.push(signal);
      const content = contents[Math.min(seen.downloads++, contents.length - 1)];
      if (content instanceof Error) throw content;
      return Promise.resolve(new Response(content));
    },
    retrieve: (id: string, { signal }: { signal: unknown }) => {
      seen.signals.push(signal);
      return Promise.resolve({ id, bytes } as unknown as FileObject);
    },
  };
  return { files: files as unknown as Files, seen };
}

/** Reads it as a part does that still misses a line, and gives what it has and has said. */
async function read(files: Files, more: Partial<ReadFileOptions> = {}) {
  const progress = newProgress();
  const ids: unknown[] = [];
  let error: unknown;
  try {
    const blocks = readResultFile(files, "file-1", progress, {
      signal: undefined,
      expectsMore: () => true,
      mayBeLate: false,
      ...more,
    });
    for await (const lines of blocks) {
      progress.strange++;
      ids.push(
        ...lines.map((line) => (line as { custom_id: string }).custom_id),
      );
    }
  } catch (thrown) {
    error = thrown;
  }
  return { ids, progress, error: error as Error | undefined };
}

test("a whole file is read once", options, async () => {
  const { files, seen } = serve([LINE]);
  const { ids, progress, error } = await read(files);
  assert.deepEqual([ids, error, seen.downloads], [["a"], undefined, 1]);
  assert.equal(progress.done, true);
  assert.deepEqual(progress.taken, new Uint8Array());
});

const AGAIN: [what: string, first: string, bytes?: unknown][] = [
  ["shorter than it should be", "", undefined],
  ["no JSON", "x".repeat(LINE.length) + "\n", undefined],
  ["other JSON", `{"error":{"message":"${"x".repeat(99)}"}}\n`, undefined],
];

for (const [what, first] of AGAIN) {
  test(
    `a file that is ${what} is taken only when it comes thrice`,
    options,
    async () => {
      const { files, seen } = serve([first]);
      const { error, progress } = await read(files, { mayBeLate: false });
      assert.equal(seen.downloads, 3);
      assert.ok(error instanceof ConnectionError, String(error));
      assert.match(error.message, /^The download of file-1 /);
      assert.equal(progress.done, false);
    },
  );

  test(
    `a file that is ${what} and comes whole the next time is another one`,
    options,
    async () => {
      const { files, seen } = serve([first, LINE]);
      const { error, progress, ids } = await read(files);
      assert.equal(error, undefined);
      assert.equal(seen.downloads, 2);
      assert.equal(progress.done, true);
      assert.ok(ids.includes("a"));
      assert.equal(progress.strange, 1);
    },
  );

  test(
    `a file that is ${what} and may be late is not read again at once`,
    options,
    async () => {
      const { files, seen } = serve([first]);
      const { error } = await read(files, { mayBeLate: true });
      assert.equal(seen.downloads, 1);
      assert.ok(error instanceof ConnectionError);
    },
  );
}

test(
  "a file with lines is taken the third time, whatever its size",
  options,
  async () => {
    const { files, seen } = serve([LINE], 10 * LINE.length);
    const { error, progress } = await read(files);
    assert.deepEqual([error, progress.done, seen.downloads], [
      undefined,
      true,
      3,
    ]);
  },
);

test("a download that differs each time is said at once", options, async () => {
  const { files, seen } = serve(["", "x\n"], 10);
  const { error } = await read(files);
  assert.equal(seen.downloads, 2);
  assert.ok(error instanceof ConnectionError);
});

test("a file of a size that nobody knows may be empty", options, async () => {
  const { files, seen } = serve([""], null);
  const { error } = await read(files);
  assert.deepEqual([error, seen.downloads], [undefined, 1]);
});

test(
  "where no line is missing the file is not looked at",
  options,
  async () => {
    const { files, seen } = serve([LINE], 999);
    const { error } = await read(files, { expectsMore: () => false });
    assert.deepEqual([error, seen.downloads, seen.signals.length], [
      undefined,
      1,
      1,
    ]);
  },
);

test("the caller's signal ends each call", options, async () => {
  const { signal } = new AbortController();
  const { files, seen } = serve(["", LINE]);
  await read(files, { signal });
  assert.deepEqual(seen.signals, [signal, signal, signal]);
});

const gone = new APIError("No such File object", {
  status: 404,
  headers: new Headers(),
});

test(
  "a file that is gone is an expired job, or not there yet",
  options,
  async () => {
    const expired = await read(serve([gone]).files);
    assert.ok(expired.error instanceof JobExpiredError);
    assert.equal(expired.error.message, "The file file-1 is gone");
    assert.equal(expired.error.cause, gone);
    const late = await read(serve([gone]).files, { mayBeLate: true });
    assert.ok(late.error instanceof ConnectionError);
    assert.equal(late.error.message, "file-1 is not there yet");
    assert.equal(late.error.cause, gone);
  },
);

test("another refusal is thrown as it is", options, async () => {
  const refused = new Error("refused");
  assert.equal((await read(serve([refused]).files)).error, refused);
});
