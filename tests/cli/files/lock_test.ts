import { spawn } from "node:child_process";
import {
  existsSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { assert, test, type TestContext } from "../../_support/prelude.ts";
import { lock } from "../../../cli/files/lock.ts";
import { folder } from "../../_support/cli.ts";

const options = { timeout: 110_000 };
const SCRIPT = fileURLToPath(
  new URL("../../_support/locking.ts", import.meta.url),
);
/** No system gives this id to a process. */
const DEAD = 2 ** 22 + 1;

/** A process of `_support/locking.ts`: tells it a line, and gives its answer. */
function startLocking(t: TestContext): (line: string) => Promise<string> {
  const deno = "Deno" in globalThis ? ["run", "--quiet", "--allow-all"] : [];
  const child = spawn(process.execPath, [...deno, SCRIPT], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const answers = createInterface({ input: child.stdout! })
    [Symbol.asyncIterator]();
  return async (line) => {
    child.stdin!.write(`${line}\n`);
    return (await answers.next()).value ?? "";
  };
}

test(
  "of four processes that want a dead lock at once, one gets it, 200 times in a row",
  options,
  async (t) => {
    const at = folder(t);
    const processes = Array.from({ length: 4 }, () => startLocking(t));
    const tellAll = (line: string) =>
      Promise.all(processes.map((tell) => tell(line)));
    for (let i = 0; i < 200; i++) {
      const path = at(`${i}`);
      writeFileSync(path, "");
      writeFileSync(`${path}.lock`, `${DEAD}\n`);
      const soon = performance.timeOrigin + performance.now() + 3;
      const answers = await tellAll(`${path} ${soon}`);
      assert.deepEqual(answers.toSorted(), [
        "got",
        "refused",
        "refused",
        "refused",
      ]);
      await tellAll("end");
      assert.ok(!existsSync(`${path}.lock`));
    }
  },
);

test(
  "a process that was refused is not in the way of the next one",
  options,
  async (t) => {
    const at = folder(t);
    const [first, second] = [startLocking(t), startLocking(t)];
    assert.equal(await first(`${at("x")} 0`), "got");
    assert.equal(await second(`${at("x")} 0`), "refused");
    assert.equal(await first("end"), "ended");
    lock(at("x"))();
    assert.ok(!existsSync(at("x.lock")));
  },
);

test("a lock is of a file, not of one of its names", options, (t) => {
  const at = folder(t);
  writeFileSync(at("x"), "");
  symlinkSync(at("x"), at("link"));
  const unlock = lock(at("link"));
  for (const name of ["x", "link", "./x"]) {
    assert.throws(() => lock(at(name)), /is being written by process/);
  }
  unlock();
  lock(at("x"))();
});

test("a dead process may have had the id of this one", options, (t) => {
  const at = folder(t);
  for (const text of [`${process.pid}\n`, `${process.pid} abc\n`, "1", ""]) {
    writeFileSync(at("x.lock"), text.replace(/^1$/, `${DEAD}`));
    lock(at("x"))();
    assert.ok(!existsSync(at("x.lock")));
  }
});

test(
  "a file that only has the name of a lock is left as it is",
  options,
  (t) => {
    const at = folder(t);
    writeFileSync(at("bun.lock"), '{\n  "lockfileVersion": 1,\n}\n');
    assert.throws(
      () => lock(at("bun")),
      /written by something, according to .*Delete/,
    );
    assert.match(readFileSync(at("bun.lock"), "utf8"), /^\{\n.*1,\n\}\n$/);
  },
);

test(
  "a lock that was deleted by hand is not deleted again, where it is another's by then",
  options,
  (t) => {
    const at = folder(t);
    const unlock = lock(at("x"));
    unlinkSync(at("x.lock"));
    const unlockNext = lock(at("x"));
    unlock();
    assert.ok(existsSync(at("x.lock")));
    unlockNext();
    assert.ok(!existsSync(at("x.lock")));
  },
);
