/**
 * A process that locks files at the moments it is told, and says whether it
 * has got them: `path time` on stdin, "got" or "refused" on stdout, and "end"
 * to give the last one back.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { lock } from "../../cli/files/lock.ts";

let unlock = () => {};
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "end") {
    unlock();
    unlock = () => {};
    process.stdout.write("ended\n");
    continue;
  }
  const [path = "", time] = line.split(" ");
  // All at once: a timer would be late by a millisecond or two.
  while (performance.timeOrigin + performance.now() < Number(time));
  process.stdout.write(`${tryLock(path)}\n`);
}

function tryLock(path: string): string {
  try {
    unlock = lock(path);
    return "got";
  } catch (error) {
    return (error as Error).name === "UsageError" ? "refused" : `${error}`;
  }
}
