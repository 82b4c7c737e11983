import { assert, options, test } from "../_support/prelude.ts";
import {
  formatInterval,
  formatLine,
  formatRate,
} from "../../src/progress/_line.ts";
import { fit } from "../../src/progress/fit.ts";
import { Bars } from "../../src/progress/mod.ts";
import { FakeTerminal } from "../_support/terminal.ts";

/** A phase that began with nothing done. */
function line(
  phase: string,
  done: number,
  total: number | undefined,
  seconds: number,
  columns: number,
): string {
  const elapsed = seconds * 1000;
  return formatLine({ phase, done, total, initial: 0, elapsed }, columns);
}

test("finished phases are printed to the letter", options, () => {
  assert.equal(
    line("Processing", 300, 300, 12, 81),
    "Processing: 100%|████████████████████████| 300/300 requests [00:12<00:00, 25.0/s]",
  );
  assert.equal(
    line("Preparing", 4, 4, 10.96, 77),
    "Preparing: 100%|███████████████████████| 4/4 requests [00:10<00:00, 21.9/min]",
  );
  assert.equal(
    line("Sending", 4, 4, 2.5, 76),
    "Sending: 100%|███████████████████████████| 4/4 requests [00:02<00:00, 1.6/s]",
  );
});

test("an unfinished phase says what remains", options, () => {
  assert.equal(
    line("Sending", 75, 300, 3, 66),
    "Sending:  25%|███▎         | 75/300 requests [00:03<00:09, 25.0/s]",
  );
});

test("a bar grows by eighths of a column", options, () => {
  const bars = [10, 11, 15, 16, 20, 79, 80].map((done) =>
    line("Sending", done, 80, 10, 61).match(/\|(.*)\|/)![1]
  );
  assert.deepEqual(bars, [
    "█▎        ",
    "█▍        ",
    "█▉        ",
    "██        ",
    "██▌       ",
    "█████████▉",
    "██████████",
  ]);
});

test("a phase without pace does not know what remains", options, () => {
  assert.equal(
    line("Sending", 0, 4, 5, 55),
    "Sending:   0%|            | 0/4 requests [00:05<?, ?/s]",
  );
});

test("what was done before the first event does not count", options, () => {
  const state = { phase: "Sending", done: 900, total: 1000, initial: 800 };
  assert.match(
    formatLine({ ...state, elapsed: 10_000 }, 80),
    /\| 900\/1000 requests \[00:10<00:10, 10\.0\/s\]$/,
  );
});

test("a clock that is set back leaves a phase at its start", options, () => {
  assert.match(
    line("Sending", 1, 4, -5, 80),
    /1\/4 requests \[00:00<\?, \?\/s\]$/,
  );
});

test("100 % is only what is done", options, () => {
  assert.match(line("Sending", 2, 3, 0, 80), / 67%/);
  assert.match(line("Sending", 9_999, 10_000, 0, 80), / 99%/);
  assert.match(line("Sending", 10_000, 10_000, 0, 80), / 100%/);
});

test("a phase of nothing is done", options, () => {
  assert.match(
    line("Sending", 0, 0, 0, 80),
    /^Sending: 100%\|█+\| 0\/0 requests \[/,
  );
});

test("an unknown total leaves out the bar and the rest", options, () => {
  assert.equal(
    line("Preparing", 1234, undefined, 12.34, 80),
    "Preparing: 1234 requests [00:12, 100/s]",
  );
  assert.match(line("Preparing", 1, undefined, 0, 80), /: 1 request \[/);
});

test("a line is never wider than the terminal", options, () => {
  for (let columns = 0; columns <= 200; columns++) {
    const known = line("Processing", 33, 100, 10, columns);
    const open = line("Processing", 33, undefined, 10, columns);
    assert.ok(known.length <= columns, known);
    assert.ok(open.length <= columns, open);
    if (columns >= 60) assert.equal(known.length, columns);
  }
});

test(
  "a narrow terminal loses the unit first, then the bar, then the pace",
  options,
  () => {
    const figures = "300/300 [00:12<00:00, 25.0/s]";
    const text = `Processing: 100% ${figures}`;
    const at = (columns: number) => line("Processing", 300, 300, 12, columns);
    assert.match(at(61), /100%\|████\| 300\/300 requests \[/);
    assert.equal(at(60), `Processing: 100%|████████████| ${figures}`);
    assert.equal(at(52), `Processing: 100%|████| ${figures}`);
    assert.equal(at(51), text);
    assert.equal(at(text.length), text);
    assert.equal(at(45), "Processing: 100% 300/300 [00:12<00:00]");
    assert.equal(at(20), text.slice(0, 20));
  },
);

test("a text is cut to the columns that it takes", options, () => {
  assert.equal(fit("queue full", 10), "queue full");
  assert.equal(fit("queue full", 9), "queue fu…");
  assert.equal(fit("満員です", 8), "満員です");
  assert.equal(fit("満員です", 7), "満員で…");
  assert.equal(fit("満員です", 4), "満…");
});

test("times are minutes and seconds, and hours from one on", options, () => {
  const times = [0, 9.99, 59.999, 60, 3599, 3600, 86_399, 360_000];
  assert.deepEqual(times.map(formatInterval), [
    "00:00",
    "00:09",
    "00:59",
    "01:00",
    "59:59",
    "1:00:00",
    "23:59:59",
    "100:00:00",
  ]);
});

test("a pace is by the second, the minute or the hour", options, () => {
  const paces = [0, 1 / 7200, 1 / 100, 0.5, 1, 1.6, 25, 12_345.678];
  assert.deepEqual(paces.map(formatRate), [
    "?/s",
    "0.5/h",
    "36.0/h",
    "30.0/min",
    "1.0/s",
    "1.6/s",
    "25.0/s",
    "12346/s",
  ]);
});

test("the phases are redrawn in place, one below the other", options, () => {
  const terminal = new FakeTerminal(60);
  let now = 5_000;
  const bars = new Bars(terminal, () => now);
  bars.update({ phase: "Preparing", done: 0, total: 4 });
  assert.deepEqual(terminal.screen, [
    "Preparing:   0%|               | 0/4 requests [00:00<?, ?/s]",
  ]);

  now += 2_000;
  bars.update({ phase: "Preparing", done: 2, total: 4 });
  now += 100;
  bars.update({ phase: "Sending", done: 0, total: 4 });
  now += 1_900;
  bars.update({ phase: "Preparing", done: 4, total: 4 });
  now += 600;
  bars.update({ phase: "Sending", done: 4, total: 4 });
  bars.update({ phase: "Processing", done: 0, total: 4 });
  now += 9_000;
  bars.update({ phase: "Processing", done: 1, total: 4 });
  assert.deepEqual(terminal.screen, [
    "Preparing: 100%|█████████| 4/4 requests [00:04<00:00, 1.0/s]",
    "Sending: 100%|███████████| 4/4 requests [00:02<00:00, 1.6/s]",
    "Processing:  25%|█▌    | 1/4 requests [00:09<00:27, 6.7/min]",
  ]);
});

test("phases stand in their order, whichever begins first", options, () => {
  const terminal = new FakeTerminal(80);
  let now = 0;
  const bars = new Bars(terminal, () => now += 100);
  bars.update({ phase: "Processing", done: 1, total: 9 });
  bars.update({ phase: "Sending", done: 1, total: 9 });
  bars.update({ phase: "Preparing", done: 1, total: 9 });
  assert.deepEqual(
    terminal.screen.map((text) => text.split(":")[0]),
    ["Preparing", "Sending", "Processing"],
  );
});

test("bars are redrawn at most every 100 ms", options, () => {
  const terminal = new FakeTerminal(80);
  let now = 0;
  const bars = new Bars(terminal, () => now);
  for (; now < 1_000; now++) {
    bars.update({ phase: "Sending", done: now, total: 1_000_000 });
  }
  assert.equal(terminal.writes, 10);
  assert.match(terminal.screen[0]!, / 900\/1000000 /);
});

test("the last update of a phase is drawn at once, and once", options, () => {
  const terminal = new FakeTerminal(80);
  const bars = new Bars(terminal, () => 0);
  bars.update({ phase: "Sending", done: 0, total: 2 });
  bars.update({ phase: "Sending", done: 1, total: 2 });
  assert.match(terminal.screen[0]!, / 0\/2 /);
  bars.update({ phase: "Sending", done: 2, total: 2 });
  assert.match(terminal.screen[0]!, / 2\/2 /);
  const { writes } = terminal;
  bars.update({ phase: "Sending", done: 2, total: 2 });
  assert.equal(terminal.writes, writes);
});

test("a finished phase keeps its time", options, () => {
  const terminal = new FakeTerminal(80);
  let now = 0;
  const bars = new Bars(terminal, () => now);
  bars.update({ phase: "Sending", done: 0, total: 50 });
  now = 2_000;
  bars.update({ phase: "Sending", done: 50, total: 50 });
  now = 60_000;
  bars.update({ phase: "Sending", done: 50, total: 50 });
  bars.update({ phase: "Processing", done: 0, total: 50 });
  assert.match(terminal.screen[0]!, /\[00:02<00:00, 25\.0\/s\]$/);
});

test("a total that becomes known brings the bar", options, () => {
  const terminal = new FakeTerminal(64);
  let now = 0;
  const bars = new Bars(terminal, () => now);
  bars.update({ phase: "Preparing", done: 0, total: undefined });
  now = 2_000;
  bars.update({ phase: "Preparing", done: 50, total: undefined });
  assert.deepEqual(terminal.screen, ["Preparing: 50 requests [00:02, 25.0/s]"]);
  bars.update({ phase: "Preparing", done: 50, total: 50 });
  assert.deepEqual(terminal.screen, [
    "Preparing: 100%|██████████| 50/50 requests [00:02<00:00, 25.0/s]",
  ]);
});

test("a shorter line leaves nothing of the longer one", options, () => {
  const terminal = new FakeTerminal(80);
  let now = 0;
  const bars = new Bars(terminal, () => now += 1_000);
  bars.update({ phase: "Sending", done: 1, total: 10 });
  bars.update({ phase: "Sending", done: 2, total: undefined });
  assert.deepEqual(terminal.screen, ["Sending: 2 requests [00:01, 1.0/s]"]);
});

test("close draws what is not drawn yet and ends the line", options, () => {
  const terminal = new FakeTerminal(80);
  const bars = new Bars(terminal, () => 0);
  bars.update({ phase: "Preparing", done: 0, total: 9 });
  bars.update({ phase: "Sending", done: 5, total: 9 });
  bars.close();
  assert.match(terminal.screen[0]!, /^Preparing: .* 0\/9 /);
  assert.match(terminal.screen[1]!, /^Sending: .* 5\/9 /);
  assert.equal(terminal.screen[2], "");
  assert.deepEqual([terminal.row, terminal.column], [2, 0]);
});

test("after close nothing is written any more", options, () => {
  const terminal = new FakeTerminal(80);
  const bars = new Bars(terminal, () => 0);
  bars.update({ phase: "Sending", done: 0, total: 9 });
  bars.close();
  const { writes } = terminal;
  bars.close();
  bars.update({ phase: "Sending", done: 9, total: 9 });
  assert.equal(terminal.writes, writes);
});

test("bars that never began write nothing", options, () => {
  const terminal = new FakeTerminal(80);
  new Bars(terminal, () => 0).close();
  assert.equal(terminal.writes, 0);
});

test("bars go on below what the terminal already shows", options, () => {
  const terminal = new FakeTerminal(60);
  terminal.write("$ run\n");
  let now = 0;
  const bars = new Bars(terminal, () => now += 100);
  for (let done = 0; done <= 9; done++) {
    bars.update({ phase: "Preparing", done, total: 9 });
    bars.update({ phase: "Sending", done, total: 9 });
  }
  bars.close();
  terminal.write("done");
  assert.deepEqual(
    terminal.screen.map((text) => text.split(":")[0]),
    ["$ run", "Preparing", "Sending", "done"],
  );
});

test("a phase without a number is not drawn", options, () => {
  const terminal = new FakeTerminal(80);
  let now = 0;
  const bars = new Bars(terminal, () => now += 1_000);
  bars.update({ phase: "Preparing", done: 0, total: undefined });
  bars.update({ phase: "Sending", done: 0, total: 0 });
  bars.tick(undefined);
  assert.equal(terminal.writes, 0);
  bars.update({ phase: "Processing", done: 0, total: 9 });
  assert.match(terminal.screen[0]!, /^Processing: +0%\| +\| 0\/9 requests/);
  assert.equal(terminal.screen.length, 1);
});

test(
  "what a job is waiting for is shown below the bars, and disappears again",
  options,
  () => {
    const terminal = new FakeTerminal(40);
    let now = 0;
    const bars = new Bars(terminal, () => now += 1_000);
    bars.tick("another process may be at work on this job, going on in 9 s");
    assert.deepEqual(terminal.screen, [
      "another process may be at work on this …",
    ]);
    bars.update({ phase: "Sending", done: 0, total: 9 });
    bars.tick("queue full");
    assert.deepEqual(terminal.screen, [
      "Sending:   0%|      | 0/9 [00:01<?, ?/s]",
      "queue full",
    ]);
    bars.tick(undefined);
    assert.deepEqual(terminal.screen, [
      "Sending:   0%|      | 0/9 [00:02<?, ?/s]",
    ]);
    bars.tick("queue full");
    bars.close();
    assert.deepEqual(terminal.screen, [
      "Sending:   0%|      | 0/9 [00:04<?, ?/s]",
      "",
    ]);
  },
);
