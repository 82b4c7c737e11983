/** What a server says is printed, and not obeyed. */

import { createSimulator, type Simulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { cli, folder, MODEL, parse, read } from "../_support/cli.ts";
import { intercept, refusesFiles } from "../_support/servers.ts";

/** Clears the screen, sets its title, colours what follows, goes back in the line, and reads backwards. */
const EVIL = "no\x1b[2J\x1b]0;title\x07 \x9b31m\r\u202eway\nerror: more";
/** All that a terminal would obey; lines end and columns are kept. */
// deno-lint-ignore no-control-regex
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const ARGV = ["run", "-", "--prompt", "{line}", ...MODEL];

/** Refuses each call of one kind. */
function refusing(sim: Simulator, method: string, path: RegExp): Simulator {
  const fetch = intercept(sim, async (call) => {
    if (call.method !== method || !path.test(call.path)) {
      return await call.send();
    }
    const error = { message: EVIL, code: "evil", type: "t", param: null };
    return Response.json({ error }, { status: 400 });
  });
  return { ...sim, options: { ...sim.options, fetch } };
}

test(
  "no message of the API reaches the terminal's ears, whichever call it refuses",
  options,
  async () => {
    const refused: [string[], string, RegExp][] = [
      [ARGV, "POST", /\/files$/],
      [ARGV, "POST", /\/batches$/],
      [["submit", ...ARGV.slice(1)], "POST", /\/files$/],
      [["status"], "GET", /\/files$/],
      [["status", "j"], "GET", /\/files$/],
      [["watch", "j"], "GET", /\/files$/],
      [["results", "j"], "GET", /\/batches/],
      [["cancel", "j"], "GET", /\/files$/],
      [["clean", "j"], "DELETE", /\/files/],
      [["direct", ...ARGV.slice(1)], "POST", /completions$/],
    ];
    for (const [argv, method, path] of refused) {
      for (const json of [[], ["--json"]]) {
        const sim = createSimulator();
        const job = ["submit", ...ARGV.slice(1), "--job", "j"];
        if (argv[1] === "j") await cli(job, { sim, stdin: "a" });
        await sim.clock.advance(argv[0] === "clean" ? 90_000_000 : 0);
        const { code, stdout, stderr } = await cli([...argv, ...json], {
          sim: refusing(sim, method, path),
          stdin: "a",
        });
        assert.notEqual(code, 0, argv[0]);
        assert.doesNotMatch(stdout + stderr, OBEYED, argv[0]);
        assert.match(stdout + stderr, /\[2J/, argv[0]);
        assert.doesNotMatch(stdout + stderr, /^error: more/m, argv[0]);
      }
    }
  },
);

test(
  "nor does what a job waits for, nor why a job is stuck",
  options,
  async () => {
    const sim = createSimulator();
    const argv = ["submit", ...ARGV.slice(1), "--job", "j"];
    const isRefused = () => sim.ledger.batches.length < 2;
    const fetch = refusesFiles(sim, isRefused, EVIL);
    const full = { ...sim, options: { ...sim.options, fetch } };
    await cli(argv, { sim: full, stdin: "a" });
    const { stderr } = await cli(["watch", "j"], { sim: full });
    assert.match(stderr, /queue full, .*\[2J/);
    assert.doesNotMatch(stderr, OBEYED);
  },
);

test(
  "nor do codes and answers, on a terminal and in a file of JSON lines",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({
      respond: ({ text }) =>
        text === "bad"
          ? { status: 400, body: { error: { code: EVIL, message: EVIL } } }
          : EVIL,
    });
    const stdin = "good\nbad";
    for (const format of ["jsonl", "csv", "text"]) {
      const argv = [...ARGV, "--format", format, "--failures", "/dev/stderr"];
      const said = await cli(argv, { sim, stdin, isTerminal: true });
      assert.match(said.stdout, /\[2J/, format);
      assert.match(said.stderr, /1 failed \(no.*\[2J/);
      assert.doesNotMatch(said.stdout + said.stderr, OBEYED, format);
    }
    await cli([...ARGV, "--output", at("out")], { sim, stdin });
    const good = read(at("out")).find(({ ok }) => ok);
    assert.equal(good.output, EVIL);
    const piped = await cli([...ARGV, "--json"], { sim, stdin });
    assert.doesNotMatch(piped.stdout + piped.stderr, OBEYED);
    assert.equal(parse(piped.stdout).length, 2);
  },
);

test("a CSV file has each answer to the letter", options, async (t) => {
  const at = folder(t);
  const sim = createSimulator({ respond: () => EVIL });
  const argv = [...ARGV, "--format", "csv"];
  const piped = await cli(argv, { sim, stdin: "a" });
  await cli([...argv, "--output", at("out")], { sim, stdin: "a" });
  assert.ok(piped.stdout.includes(`a,"${EVIL}",`));
});
