/**
 * docs/lanes.md: its figures are those of the code.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { costOf, type Lane, OpenAIBatch } from "@offpeak/openai-batch";
import { assert, test } from "../_support/prelude.ts";
import { LEDGER_INTERVAL, MOST_FILES } from "../../src/direct/window/ledger.ts";
import {
  LONGEST_PAUSE,
  LOOKS_PER_MINUTE,
  SHORTEST_PAUSE,
} from "../../src/direct/window/looks.ts";
import { GRACE } from "../../src/direct/window/windows.ts";
import { readClientOptions } from "../../src/client_options.ts";
import {
  brokenByLane,
  type DirectLane,
  WINDOWS,
} from "../../src/requests/direct_lane.ts";

const page = readFileSync(
  new URL("../../docs/lanes.md", import.meta.url),
  "utf8",
);
const text = page.replace(/\s+/g, " ");
const HOUR = 3_600_000;

const ENDPOINTS = [
  ["responses", "/v1/responses"],
  ["chat completions", "/v1/chat/completions"],
  ["embeddings", "/v1/embeddings"],
  ["moderations", "/v1/moderations"],
] as const;

/** The cells of the table, by lane. */
function rows(): Map<string, string[]> {
  const lines = page.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(lines.map((line) => {
    const [lane = "", ...cells] = line.split("|").slice(1, -1)
      .map((cell) => cell.trim());
    return [lane.replaceAll("`", ""), cells];
  }));
}

function priceOf(lane: Lane): string {
  const usage = { input_tokens: 1e5, output_tokens: 1e5, total_tokens: 2e5 };
  const cost = costOf(usage, "gpt-5", { lane })!;
  const standard = costOf(usage, "gpt-5", { lane: "standard" })!;
  return `${Math.round(100 * cost / standard)} %`;
}

function endpointsOf(lane: DirectLane): string {
  const fitting = ENDPOINTS.filter(([, endpoint]) =>
    brokenByLane({}, endpoint, lane) === undefined
  );
  return fitting.length === ENDPOINTS.length
    ? "all"
    : fitting.map(([name]) => name).join(", ");
}

/** Whether a job may have a name there, and so go on after a crash. */
function survives(lane: DirectLane): boolean {
  const client = new OpenAIBatch({ apiKey: "none" });
  try {
    client.direct([], { lane, job: "a" });
    return true;
  } catch {
    return false;
  }
}

test("the table of lanes says what the code does", () => {
  const table = rows();
  const lanes = ["batch", "8h", "2h", "flex", "standard", "priority"];
  assert.deepEqual([...table.keys()], lanes);
  for (const lane of lanes) {
    const [price, , endpoints, crash] = table.get(lane)!;
    assert.equal(price, priceOf(lane), lane);
    if (lane === "batch") continue;
    assert.equal(endpoints, endpointsOf(lane as DirectLane), lane);
    const isKept = survives(lane as DirectLane);
    assert.equal(/with a `job`/.test(crash!), isKept, lane);
  }
  for (const lane of ["8h", "2h"] as const) {
    assert.equal(table.get(lane)?.[1], `within ${WINDOWS[lane] / HOUR} h`);
  }
});

const { flexTimeout } = readClientOptions({ apiKey: "none" });

for (
  const sentence of [
    `A call may take ${flexTimeout / 60_000} minutes`,
    `after ${SHORTEST_PAUSE / 1_000} seconds at first, later every ${
      LONGEST_PAUSE / 60_000
    } minutes, and never more than ${LOOKS_PER_MINUTE} polls a minute`,
    `one every ${
      LEDGER_INTERVAL / 1_000
    } seconds at most, and past ${MOST_FILES} they`,
    `at most the creates of ${LEDGER_INTERVAL / 1_000} seconds`,
    GRACE === HOUR ? "An hour after its window" : "never",
  ]
) {
  test(`it says: ${sentence}`, () => {
    assert.ok(text.includes(sentence), sentence);
  });
}
