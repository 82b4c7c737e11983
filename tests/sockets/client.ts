/** The program that a runtime runs: takes schedules from the host, several at a time, until there are none. */

import process from "node:process";
import { runSchedule } from "./target.ts";

const [control, wide] = process.argv.slice(2);

async function work(): Promise<void> {
  while (true) {
    const taken = await fetch(`${control}/next`);
    if (taken.status === 204) return;
    const schedule = await taken.json();
    const outcome = await runSchedule(schedule);
    const body = JSON.stringify({ seed: schedule.seed, outcome });
    await fetch(`${control}/done`, { method: "POST", body });
  }
}

await Promise.all(Array.from({ length: Number(wide) }, work));
process.exit(0);
