import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatInterval,
  formatLine,
  formatRate,
} from "../src/progress/_line.ts";
import { Bars, type Terminal } from "../src/progress/mod.ts";

const options = { timeout: 60_000 };

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

/**
 * A terminal that does what the few codes in use mean, with one trap of real
 * ones: after a full line the cursor still stands on its last character.
 */
class FakeTerminal implements Terminal {
  readonly columns: number;
  readonly cells: string[][] = [[]];
  row = 0;
  column = 0;
  writes = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    this.writes++;
    // deno-lint-ignore no-control-regex
    for (const [token] of text.matchAll(/\x1b\[\d*[A-Z]|[^]/gu)) {
      this.#print(token);
    }
  }

  #print(token: string): void {
    if (token === "\r") return void (this.column = 0);
    if (token === "\n") return this.#newLine();
    if (token === "\x1b[K") {
      this.cells[this.row]!.splice(Math.min(this.column, this.columns - 1));
      return;
    }
    if (token.startsWith("\x1b")) {
      assert.match(token.slice(1), /^\[[1-9]\d*A$/);
      this.row = Math.max(0, this.row - parseInt(token.slice(2)));
      return;
    }
    if (this.column === this.columns) this.#newLine();
    const cells = this.cells[this.row]!;
    while (cells.length < this.column) cells.push(" ");
    cells[this.column++] = token;
  }

  #newLine(): void {
    this.column = 0;
    this.row++;
    if (this.row === this.cells.length) this.cells.push([]);
  }

  /** What a person sees. */
  get screen(): string[] {
    return this.cells.map((cells) => cells.join(""));
  }
}

test("finished phases are printed to the letter", options, () => {
  assert.equal(
    line("Processing", 300, 300, 12, 75),
    "Processing: 100%|████████████████████████| 300/300 [00:12<00:00, 25.00it/s]",
  );
  assert.equal(
    line("Preparing", 4, 4, 10.96, 69),
    "Preparing: 100%|███████████████████████| 4/4 [00:10<00:00,  2.74s/it]",
  );
  assert.equal(
    line("Sending", 4, 4, 2.5, 69),
    "Sending: 100%|█████████████████████████| 4/4 [00:02<00:00,  1.60it/s]",
  );
  assert.equal(
    line("Processing", 4, 4, 12.4, 69),
    "Processing: 100%|██████████████████████| 4/4 [00:12<00:00,  3.10s/it]",
  );
});

test("an unfinished phase says what remains", options, () => {
  assert.equal(
    line("Sending", 75, 300, 3, 60),
    "Sending:  25%|███▎         | 75/300 [00:03<00:09, 25.00it/s]",
  );
});

test("a bar grows by eighths of a column", options, () => {
  const bars = [10, 11, 15, 16, 20, 79, 80].map((done) =>
    line("Sending", done, 80, 10, 56).match(/\|(.*)\|/)![1]
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
    line("Sending", 0, 4, 5, 48),
    "Sending:   0%|            | 0/4 [00:05<?, ?it/s]",
  );
});

test("what was done before the first event does not count", options, () => {
  const state = { phase: "Sending", done: 900, total: 1000, initial: 800 };
  assert.match(
    formatLine({ ...state, elapsed: 10_000 }, 80),
    /\| 900\/1000 \[00:10<00:10, 10\.00it\/s\]$/,
  );
});

test("a clock that is set back leaves a phase at its start", options, () => {
  assert.match(line("Sending", 1, 4, -5, 80), /1\/4 \[00:00<\?, \?it\/s\]$/);
});

test("100 % is only what is done", options, () => {
  assert.match(line("Sending", 2, 3, 0, 80), / 67%/);
  assert.match(line("Sending", 9_999, 10_000, 0, 80), / 99%/);
  assert.match(line("Sending", 10_000, 10_000, 0, 80), / 100%/);
});

test("a phase of nothing is done", options, () => {
  assert.match(line("Sending", 0, 0, 0, 80), /^Sending: 100%\|█+\| 0\/0 \[/);
});

test("an unknown total leaves out the bar and the rest", options, () => {
  assert.equal(
    line("Preparing", 1234, undefined, 12.34, 80),
    "Preparing: 1234it [00:12, 100.00it/s]",
  );
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

test("a narrow terminal shows figures without a bar", options, () => {
  const text = "Processing: 100% 300/300 [00:12<00:00, 25.00it/s]";
  assert.equal(line("Processing", 300, 300, 12, 54), text);
  assert.equal(line("Processing", 300, 300, 12, 20), text.slice(0, 20));
  assert.match(line("Processing", 300, 300, 12, 55), /100%\|████\| 300/);
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

test("a pace below one a second is turned round", options, () => {
  const paces = [0, 0.01, 1 / 2.74, 0.5, 1, 1.6, 25, 12_345.678];
  assert.deepEqual(paces.map(formatRate), [
    "?it/s",
    "100.00s/it",
    " 2.74s/it",
    " 2.00s/it",
    " 1.00it/s",
    " 1.60it/s",
    "25.00it/s",
    "12345.68it/s",
  ]);
});

test("the phases are redrawn in place, one below the other", options, () => {
  const terminal = new FakeTerminal(60);
  let now = 5_000;
  const bars = new Bars(terminal, () => now);
  bars.update({ phase: "Preparing", done: 0, total: 4 });
  assert.deepEqual(terminal.screen, [
    "Preparing:   0%|                      | 0/4 [00:00<?, ?it/s]",
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
    "Preparing: 100%|██████████████| 4/4 [00:04<00:00,  1.00it/s]",
    "Sending: 100%|████████████████| 4/4 [00:02<00:00,  1.60it/s]",
    "Processing:  25%|███▎         | 1/4 [00:09<00:27,  9.00s/it]",
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
  assert.match(terminal.screen[0]!, /\[00:02<00:00, 25\.00it\/s\]$/);
});

test("a total that becomes known brings the bar", options, () => {
  const terminal = new FakeTerminal(64);
  let now = 0;
  const bars = new Bars(terminal, () => now);
  bars.update({ phase: "Preparing", done: 0, total: undefined });
  now = 2_000;
  bars.update({ phase: "Preparing", done: 50, total: undefined });
  assert.deepEqual(terminal.screen, ["Preparing: 50it [00:02, 25.00it/s]"]);
  bars.update({ phase: "Preparing", done: 50, total: 50 });
  assert.deepEqual(terminal.screen, [
    "Preparing: 100%|████████████████| 50/50 [00:02<00:00, 25.00it/s]",
  ]);
});

test("a shorter line leaves nothing of the longer one", options, () => {
  const terminal = new FakeTerminal(80);
  let now = 0;
  const bars = new Bars(terminal, () => now += 1_000);
  bars.update({ phase: "Sending", done: 1, total: 10 });
  bars.update({ phase: "Sending", done: 2, total: undefined });
  assert.deepEqual(terminal.screen, ["Sending: 2it [00:01,  1.00it/s]"]);
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
