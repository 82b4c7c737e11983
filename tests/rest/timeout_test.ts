/** How long a call may take. */

import { assert, options, test } from "../_support/prelude.ts";
import { json, pieces, script, silence } from "../_support/scripted.ts";
import { assertBackoff, retrieve, silent, stuck } from "./_retry.ts";

const MINUTE = 60_000;

const HOUR = 60 * MINUTE;

test(
  "a call ends when its answer or the rest of it is not there in time",
  options,
  async () => {
    for (const answer of [silent, stuck]) {
      const options = { timeout: 5_000, maxRetries: 0 };
      const { calls, clock, error } = await retrieve(answer, options);
      assert.equal(error.name, "ConnectionError");
      assert.equal(error.code, "timeout");
      assert.equal(clock.now() - calls[0]!.at, 5_000);
      assert.ok(calls[0]?.signal.aborted);
    }
  },
);

test("a call that timed out is repeated", options, async () => {
  const { waits, error } = await retrieve(silent, { timeout: 5_000 });
  assert.equal(error.code, "timeout");
  assert.equal(waits().length, 2);
  assertBackoff(waits().map((wait) => wait - 5_000));
});

test("a minute is the default timeout", options, async () => {
  const { calls, clock } = await retrieve(silent, { maxRetries: 0 });
  assert.equal(clock.now() - calls[0]!.at, MINUTE);
});

test("an answer that comes in time stops the time", options, async () => {
  const { client, clock } = script(async () => {
    await clock.sleep(4_999);
    return json({ id: "file-1" });
  }, { timeout: 5_000 });
  assert.equal((await client.files.retrieve("file-1")).id, "file-1");
  const then = clock.now();
  await clock.advance(HOUR);
  assert.equal(clock.now(), then + HOUR);
});

test("an upload gets a second more for each 128 KiB", options, async () => {
  const { client, clock, calls } = script(silent, {
    timeout: 5_000,
    maxRetries: 0,
  });
  const file = new File([new Uint8Array(1024 * 1024)], "big.jsonl");
  await assert.rejects(client.files.create({ file, purpose: "batch" }), {
    code: "timeout",
  });
  assert.equal(clock.now() - calls[0]!.at, 5_000 + 8_000);
});

test(
  "a download may take as long as it likes, as long as each chunk comes in time",
  options,
  async () => {
    const { client, clock } = script(({ signal }) =>
      pieces(async (index) => {
        await clock.sleep(4_000, signal);
        return index < 10 ? `${index}` : undefined;
      }), { timeout: 5_000 });
    const start = clock.now();
    const response = await client.files.content("file-1");
    assert.equal(await response.text(), "0123456789");
    assert.ok(clock.now() - start >= 40_000);
  },
);

test(
  "a download ends when a chunk does not come in time",
  options,
  async () => {
    const { client, clock } = script(({ signal }) =>
      pieces(async (index) => {
        await clock.sleep(index < 3 ? 1_000 : 6_000, signal);
        return `${index}`;
      }), { timeout: 5_000 });
    const { body } = await client.files.content("file-1");
    const reader = body!.getReader();
    for (let i = 0; i < 3; i++) assert.equal((await reader.read()).done, false);
    const then = clock.now();
    await assert.rejects(reader.read(), {
      name: "ConnectionError",
      code: "timeout",
    });
    assert.equal(clock.now() - then, 5_000);
  },
);

test(
  "the time between two reads of a download does not count",
  options,
  async () => {
    const { client, clock, calls } = script(
      () => pieces((index) => index < 3 ? `${index}` : undefined),
      { timeout: 5_000 },
    );
    const { body } = await client.files.content("file-1");
    let text = "";
    for await (const chunk of body!) {
      await clock.sleep(HOUR);
      assert.equal(calls[0]?.signal.aborted, false);
      text += new TextDecoder().decode(chunk);
    }
    assert.equal(text, "012");
  },
);

test(
  "a download that was left alone for long ends in time anyway",
  options,
  async () => {
    const { client, clock } = script(
      ({ signal }) => pieces((index) => index > 0 ? silence(signal) : "0"),
      { timeout: 5_000 },
    );
    const { body } = await client.files.content("file-1");
    const reader = body!.getReader();
    await reader.read();
    await clock.sleep(HOUR);
    const then = clock.now();
    await assert.rejects(reader.read(), { code: "timeout" });
    assert.equal(clock.now() - then, 5_000);
  },
);
