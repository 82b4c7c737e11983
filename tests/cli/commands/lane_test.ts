/**
 * Lanes on the command line.
 *
 * @module
 */

import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { cli, parse, PROMPTS, type Surroundings } from "../../_support/cli.ts";

const stdin = PROMPTS.join("\n");
const ASKED = ["--prompt", "{line}", "--model", "gpt-5"];
const DIRECT = ["direct", "-", ...ASKED];
const RESPONSES = ["--endpoint", "/v1/responses"];

/** The lane that each request without a batch has asked for. */
function lanesIn({ ledger }: Simulator): string[] {
  const direct = ledger.requests.filter(({ custom_id }) => custom_id === "");
  return direct.map(({ body: { service_tier, background_options } }) =>
    background_options?.completion_window ??
      (service_tier === "default" ? "standard" : service_tier)
  );
}

/** Presses Ctrl-C once every response has been looked at, however long that takes in a test. */
function pressOncePolled(
  sim: Simulator,
): Pick<Surroundings, "sim" | "onListening"> {
  let press = () => {};
  const fetch: typeof sim.fetch = async (input, init) => {
    const response = await sim.fetch(input, init);
    const polled = sim.ledger.calls.filter(({ method, path }) =>
      method === "GET" && path.includes("/responses/")
    );
    const paths = new Set(polled.map(({ path }) => path));
    if (paths.size === PROMPTS.length) press();
    return response;
  };
  return {
    sim: { ...sim, options: { ...sim.options, fetch } },
    onListening: (pressed) => press = pressed,
  };
}

for (const lane of ["standard", "flex", "priority", "8h", "2h"]) {
  test(`direct --lane ${lane} asks in that lane`, options, async () => {
    const sim = createSimulator();
    const argv = [...DIRECT, ...RESPONSES, "--lane", lane];
    const { code, stdout, stderr } = await cli(argv, { sim, stdin });
    assert.equal(code, 0, stderr);
    assert.equal(parse(stdout).length, PROMPTS.length);
    assert.deepEqual(lanesIn(sim), Array(5).fill(lane));
  });
}

test(
  "a lane that there is not, and a window for chat, are refused",
  options,
  async () => {
    const wrong: [string[], RegExp][] = [
      [["--lane", "batch"], /--lane/],
      [["--lane", "8h"], /the lane "8h" is for \/v1\/responses/],
    ];
    for (const [argv, message] of wrong) {
      const sim = createSimulator();
      const { code, stderr } = await cli([...DIRECT, ...argv], { sim, stdin });
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.deepEqual(sim.ledger.calls, []);
    }
  },
);

test(
  "--fallback-after asks at the standard price where flex has no room",
  options,
  async () => {
    const sim = createSimulator({ faults: { resource_unavailable: 1 } });
    const argv = [...DIRECT, "--lane", "flex", "--fallback-after", "30s"];
    const { code, stderr } = await cli(argv, { sim, stdin });
    assert.equal(code, 0, stderr);
    assert.deepEqual(lanesIn(sim), Array(5).fill("standard"));
  },
);

test(
  "a window job is continued by the same command, and paid once",
  options,
  async () => {
    const sim = createSimulator();
    const argv = [...DIRECT, ...RESPONSES, "--lane", "2h", "--job", "night"];
    const first = await cli(argv, { stdin, ...pressOncePolled(sim) });
    assert.equal(first.code, 3, first.stderr);
    assert.match(
      first.stderr,
      /^Interrupted: the job night keeps running at OpenAI/m,
    );
    assert.equal(sim.ledger.responses.length, 5);
    const second = await cli(argv, { sim, stdin });
    assert.equal(second.code, 0, second.stderr);
    assert.equal(parse(second.stdout).length, 5);
    assert.equal(sim.ledger.responses.length, 5);
  },
);

test("Ctrl-C cancels what could not be found again", options, async () => {
  const sim = createSimulator({ faults: { stays_queued: 1 } });
  const argv = [...DIRECT, ...RESPONSES, "--lane", "2h"];
  const { code } = await cli(argv, { stdin, ...pressOncePolled(sim) });
  assert.equal(code, 3);
  assert.equal(sim.ledger.responses.length, 5);
  assert.ok(sim.ledger.responses.every(({ status }) => status === "cancelled"));
});

test(
  "--lane says in which lane a deadline's rest is asked",
  options,
  async () => {
    const sim = createSimulator();
    const argv = ["run", "-", ...ASKED, "--deadline", "1s"];
    argv.push("--at-deadline", "direct", "--lane", "flex");
    const { code, stderr } = await cli(argv, { sim, stdin });
    assert.equal(code, 0, stderr);
    assert.deepEqual(lanesIn(sim), Array(5).fill("flex"));
  },
);

test(
  "cancel and clean with --lane end and delete a window job's responses",
  options,
  async () => {
    const sim = createSimulator({ faults: { stays_queued: 1 } });
    const named = ["--lane", "2h", "--job", "night"];
    const argv = [...DIRECT, ...RESPONSES, ...named];
    const first = await cli(argv, { stdin, ...pressOncePolled(sim) });
    assert.equal(first.code, 3, first.stderr);
    const wrong = await cli(["cancel", "night", "--lane", "flex"], { sim });
    assert.equal(wrong.code, 2);
    for (
      const [command, key, value] of [
        ["cancel", "status", "cancelled"],
        ["clean", "isDeleted", true],
      ] as const
    ) {
      const { code, stderr } = await cli([command, "night", "--lane", "2h"], {
        sim,
      });
      assert.equal(code, 0, stderr);
      const states = sim.ledger.responses.map((response) => response[key]);
      assert.deepEqual(states, Array(5).fill(value));
    }
    assert.deepEqual(sim.ledger.files, []);
  },
);
