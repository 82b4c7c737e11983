/**
 * The virtual clock.
 *
 * @module
 */

import { VirtualClock } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";

const START = Date.UTC(2026, 0, 1);
const DAY = 24 * 60 * 60 * 1000;

test(
  "the clock starts on the first of January 2026",
  options,
  () => {
    assert.equal(new VirtualClock().now(), START);
  },
);

test(
  "a day of polling moves time by a day, and takes none",
  options,
  async () => {
    const clock = new VirtualClock();
    for (let minute = 0; minute < 24 * 60; minute++) await clock.sleep(60_000);
    assert.equal(clock.now(), START + DAY);
  },
);

test(
  "sleeps end in the order of their ends, equals in the order of their beginnings",
  options,
  async () => {
    const clock = new VirtualClock();
    const ended: string[] = [];
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      ended.push(`${name} ${clock.now() - START}`);
    };
    await Promise.all([
      sleep("a", 300),
      sleep("b", 100),
      sleep("c", 200),
      sleep("d", 100),
    ]);
    assert.deepEqual(ended, ["b 100", "d 100", "c 200", "a 300"]);
  },
);

test(
  "what a sleep wakes runs before the next one ends",
  options,
  async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const worker = async () => {
      await clock.sleep(100);
      await clock.sleep(50);
      seen.push(clock.now() - START);
    };
    const later = clock.sleep(1000).then(() => seen.push(clock.now() - START));
    await Promise.all([worker(), later]);
    assert.deepEqual(seen, [150, 1000]);
  },
);

test(
  "sleeping for nothing or less does not move time",
  options,
  async () => {
    const clock = new VirtualClock();
    await clock.sleep(0);
    await clock.sleep(-1000);
    assert.equal(clock.now(), START);
  },
);

test(
  "an aborted sleep rejects with the signal's reason and leaves no trace",
  options,
  async () => {
    const clock = new VirtualClock();
    const reason = new Error("enough");
    const limit = new AbortController();
    const sleep = clock.sleep(600_000, limit.signal);
    limit.abort(reason);
    await assert.rejects(sleep, reason);
    await clock.sleep(1_000);
    await clock.sleep(1_000);
    assert.equal(clock.now(), START + 2_000);
  },
);

test(
  "a signal that is already aborted rejects at once",
  options,
  async () => {
    const reason = new Error("enough");
    const sleep = new VirtualClock().sleep(1, AbortSignal.abort(reason));
    await assert.rejects(sleep, reason);
  },
);

test(
  "a sleep that ended is not touched by its signal",
  options,
  async () => {
    const clock = new VirtualClock();
    const limit = new AbortController();
    await clock.sleep(10, limit.signal);
    limit.abort();
    await clock.sleep(10);
    assert.equal(clock.now(), START + 20);
  },
);

test(
  "an endless sleep ends by its signal alone",
  options,
  async () => {
    const clock = new VirtualClock();
    const limit = new AbortController();
    const endless = clock.sleep(Infinity, limit.signal);
    await clock.sleep(1_000);
    assert.equal(clock.now(), START + 1_000);
    limit.abort(new Error("enough"));
    await assert.rejects(endless, /enough/);
  },
);

test(
  "time stands still while real work is held",
  options,
  async () => {
    const clock = new VirtualClock();
    const limit = new AbortController();
    const timeout = clock.sleep(1_000, limit.signal);
    timeout.catch(() => {});
    const work = async () => {
      for (let i = 0; i < 50; i++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return clock.now();
    };
    assert.equal(await clock.hold(work()), START);
    limit.abort();
    await assert.rejects(timeout);
    assert.equal(clock.now(), START);
  },
);

test(
  "held work that fails gives its error and lets time go on",
  options,
  async () => {
    const clock = new VirtualClock();
    await assert.rejects(
      clock.hold(Promise.reject(new Error("broken"))),
      /broken/,
    );
    await clock.sleep(5);
    assert.equal(clock.now(), START + 5);
  },
);

test(
  "advance moves time by exactly that much and ends what is due",
  options,
  async () => {
    const clock = new VirtualClock();
    const ended: number[] = [];
    const sleep = async (ms: number) => {
      await clock.sleep(ms);
      ended.push(ms);
    };
    const all = Promise.all([sleep(50), sleep(100), sleep(101)]);
    await clock.advance(100);
    assert.equal(clock.now(), START + 100);
    assert.deepEqual(ended, [50, 100]);
    await all;
  },
);

test(
  "advance lets run what was woken on the way, up to its last moment",
  options,
  async () => {
    const clock = new VirtualClock();
    let turns = 0;
    const poll = async () => {
      while (turns < 20) {
        await clock.sleep(10);
        turns++;
      }
    };
    const polling = poll();
    await clock.advance(100);
    assert.equal(turns, 10);
    await polling;
  },
);

test(
  "the same program gives the same times twice",
  options,
  async () => {
    const program = async () => {
      const clock = new VirtualClock();
      const trace: string[] = [];
      const worker = async (id: number) => {
        for (let i = 0; i < 20; i++) {
          await clock.sleep((id * 7919 + i * 104729) % 997);
          trace.push(`${id}@${clock.now()}`);
        }
      };
      await Promise.all(Array.from({ length: 10 }, (_, id) => worker(id)));
      return trace;
    };
    assert.deepEqual(await program(), await program());
  },
);
