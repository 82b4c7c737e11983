/** The bars of a whole job on a terminal, on the virtual clock. */

import {
  type Clock,
  type Fetch,
  type JobStatus,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { refuse, refusesFiles } from "../_support/servers.ts";
import { sums } from "../_support/sums.ts";
import { attachTerminal, type FakeTerminal } from "../_support/terminal.ts";

const params = { model: "gpt-4o-mini" };

/** A client on a clock whose seconds somebody watches. */
function openClient(
  { options, clock }: Simulator,
  fetch: Fetch = options.fetch,
): OpenAIBatch {
  const watched: Clock = {
    now: () => clock.now(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  return new OpenAIBatch({ ...options, fetch, clock: watched });
}

/** All that a line has said, without what it said twice. */
function seen({ frames }: FakeTerminal, phase: string): string[] {
  const lines = frames.flat().filter((line) => line.startsWith(phase));
  return [...new Set(lines)];
}

test(
  "bars tick each second between two looks",
  options,
  async (t) => {
    const terminal = attachTerminal(t);
    const client = openClient(createSimulator());
    await client.run(sums(3), { params, pollInterval: 60_000 });
    const times = seen(terminal, "Processing").map((line) =>
      /\[(?:(\d+):)?(\d\d):(\d\d)</.exec(line)!.slice(1).reduce(
        (sum, figures) => sum * 60 + Number(figures ?? 0),
        0,
      )
    );
    assert.ok(times.at(-1)! > 120, `${times.at(-1)}`);
    // A tick may come to fall just before a second, and the next one behind it.
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(Math.max(...gaps) <= 2, `${gaps}`);
  },
);

test("failures are processed too", options, async (t) => {
  const terminal = attachTerminal(t);
  const error = { code: "unsupported", message: "no" };
  const sim = createSimulator({
    respond: ({ text }) =>
      text.endsWith("1 + 1 = ") ? { status: 400, error } : "x",
  });
  const client = new OpenAIBatch(sim.options);
  const run = await client.run(sums(4), { params });
  assert.equal(run.failed.length, 1);
  const last = terminal.frames.at(-1)!.find((line) =>
    line.startsWith("Processing")
  );
  assert.match(last!, /: 100%.*4\/4 requests/);
});

test(
  "each phase has its total as soon as the input has ended, from 0 of all on, and comes to its end",
  options,
  async (t) => {
    const terminal = attachTerminal(t);
    const client = new OpenAIBatch(createSimulator().options);
    async function* input() {
      yield* sums(7);
    }
    for (const ask of ["run", "direct"] as const) {
      const from = terminal.frames.length;
      await (ask === "run"
        ? client.run(input(), { params, batchSize: 2 })
        : client.direct(input(), { params }).collect());
      const frames = terminal.frames.slice(from);
      const unknown = frames.flat().filter((line) => /requests? \[/.test(line))
        .filter((line) => !line.includes("/7"));
      for (const line of unknown) assert.match(line, /^Preparing|^Sending/);
      for (const phase of ["Preparing", "Sending", "Processing"]) {
        const last = frames.at(-1)!.findLast((line) => line.startsWith(phase));
        assert.match(last!, /: 100%\|█+\| 7\/7 requests \[/);
      }
      if (ask === "direct") continue;
      const [first] = frames.flat().filter((line) => /^Processing/.test(line));
      assert.match(first!, /^Processing: +0%\| +\| 0\/7 requests \[/);
    }
  },
);

test(
  "nothing is drawn where there is nothing to say",
  options,
  async (t) => {
    const terminal = attachTerminal(t);
    const sim = createSimulator();
    const client = new OpenAIBatch({ ...sim.options, apiKey: "sk-wrong" });
    await assert.rejects(client.run(sums(3), { params, job: "j" }), {
      status: 401,
    });
    await new OpenAIBatch(sim.options).run([], { params });
    assert.deepEqual(terminal.frames, []);
  },
);

test(
  "a full queue is named, with the time until the next try, and no longer than it lasts",
  options,
  async (t) => {
    const terminal = attachTerminal(t, 120);
    const sim = createSimulator();
    const isFull = () => sim.ledger.batches.length < 4;
    const said = "Enqueued token limit reached for gpt-4o-mini.";
    const client = openClient(sim, refusesFiles(sim, isFull, said));
    await client.run(sums(3), { params });
    const waits = seen(terminal, "queue full");
    for (const time of ["59 s", "2 min"]) {
      assert.ok(waits.includes(`queue full, next try in ${time}: ${said}`));
    }
    assert.doesNotMatch(terminal.screen.join(), /queue/);
  },
);

test(
  "a lost connection is named, and that it is tried again",
  options,
  async (t) => {
    const terminal = attachTerminal(t, 120);
    const sim = createSimulator();
    let lost = 0;
    const isLost = () => sim.ledger.batches.length > 0 && lost++ < 20;
    const fetch = refuse(sim, isLost, () => {
      const cause = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
      throw Object.assign(new TypeError("fetch failed"), { cause });
    });
    await openClient(sim, fetch).run(sums(3), { params });
    const waits = seen(terminal, "Cannot reach");
    const way =
      /^Cannot reach .* \(ECONNREFUSED\), trying again for up to an hour, next try in \d+ s$/;
    assert.ok(waits.some((line) => way.test(line)), waits.join("\n"));
    assert.doesNotMatch(terminal.screen.join(), /Cannot/);
  },
);

test(
  "a stream that is left lying draws nothing more, and lets the clock stand",
  options,
  async (t) => {
    const terminal = attachTerminal(t);
    const sim = createSimulator();
    const client = openClient(sim);
    const stream = client.stream(sums(3), { params });
    assert.ok(!(await stream.next()).done);
    const { writes } = terminal;
    await sim.clock.advance(10_000);
    assert.equal(terminal.writes, writes);
    await stream.return!();
  },
);

test(
  "on a clock that jumps bars don't tick: a day has too many seconds",
  options,
  async (t) => {
    const terminal = attachTerminal(t);
    const sim = createSimulator({ faults: { expired: 1 } });
    const client = new OpenAIBatch(sim.options);
    const run = await client.run(sums(2), { params, maxAttempts: 1 });
    assert.ok(run.failed.length > 0);
    assert.ok(terminal.writes < 10_000, `${terminal.writes}`);
  },
);

test(
  "an input that tells its size has its total from the first request on",
  options,
  async (t) => {
    const terminal = attachTerminal(t);
    const client = openClient(createSimulator());
    const inputs = [
      new Set(sums(7)),
      Object.assign(() => sums(7).values(), { size: 7 }),
    ];
    for (const input of inputs) {
      await client.run(input, { params, batchSize: 2 });
      await client.direct(input, { params }).collect();
    }
    const lines = terminal.frames.flat().filter((line) => line.includes("["));
    assert.ok(lines.length > 12);
    for (const line of lines) assert.match(line, /\/7 requests \[/);
  },
);

test(
  "direct calls that wait say so too, and a function that watches hears of it",
  options,
  async (t) => {
    const terminal = attachTerminal(t, 120);
    const sim = createSimulator();
    let calls = 0;
    const refused = () =>
      Response.json({ error: { message: "Slow down" } }, {
        status: 429,
        headers: { "retry-after": "20" },
      });
    const fetch = refuse(sim, () => calls++ < 12, () => {
      if (calls < 4) return refused();
      const cause = Object.assign(new Error("no"), { code: "ENOTFOUND" });
      throw Object.assign(new TypeError("fetch failed"), { cause });
    });
    const client = openClient(sim, fetch);
    const reasons = new Set<string | undefined>();
    const progress = ({ waitingFor }: JobStatus) =>
      void reasons.add(waitingFor?.reason);
    await client.direct(sums(3), { params }).collect();
    const lines = terminal.frames.flat().join("\n");
    assert.match(
      lines,
      /^a call failed, next try in \d+ s: 429 /m,
    );
    assert.match(
      lines,
      /^Cannot reach .* \(ENOTFOUND\), .*, next try in \d+ s$/m,
    );
    assert.doesNotMatch(terminal.screen.join(), /Cannot|failed/);
    const other = createSimulator();
    let left = 3;
    const slow = refuse(other, () => left-- > 0, refused);
    await openClient(other, slow).direct(sums(3), { params, progress })
      .collect();
    assert.deepEqual([...reasons], [undefined, "retry"]);
  },
);
