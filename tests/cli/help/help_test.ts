/** What the command line says of itself, and how much it says. */

import { readFileSync } from "node:fs";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { COMMAND_GROUPS, COMMANDS } from "../../../cli/commands/commands.ts";
import { groupsOf } from "../../../cli/help/flag_groups.ts";
import { type FlagName, FLAGS } from "../../../cli/flags/flags.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { cli, MODEL, parse } from "../../_support/cli.ts";

const NAMES = [...COMMANDS.keys()];

test(
  "without a command it says what there is, and exits with 2",
  options,
  async () => {
    const { code, stdout } = await cli([]);
    assert.equal(code, 2);
    for (const name of NAMES) {
      assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    }
    assert.deepEqual(
      COMMAND_GROUPS.flatMap(([, names]) => names).toSorted(),
      NAMES.toSorted(),
    );
    for (const argv of [["--help"], ["-h"], ["help"]]) {
      assert.deepEqual(await cli(argv), { code: 0, stdout, stderr: "" });
    }
    const { stdout: run } = await cli(["run", "--help"]);
    assert.equal((await cli(["help", "run"])).stdout, run);
  },
);

test(
  "each command has examples first, then all its options, in a terminal of any width",
  options,
  async () => {
    for (const name of NAMES) {
      const { code, stdout } = await cli([name, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: openai-batch ${name} `));
      const [examples, flags, codes] = ["Examples", "--json", "Exit codes"]
        .map((text) => stdout.indexOf(`\n${text}`) + 1 || stdout.indexOf(text));
      assert.ok(examples! < flags! && flags! < codes!, name);
      for (const [option] of stdout.matchAll(/^ {2}--[a-z-]+/gm)) {
        const { stderr } = await cli([
          name,
          option.trim(),
          "--nonsense-at-all",
        ]);
        assert.doesNotMatch(stderr, new RegExp(`no option ${option.trim()}`));
      }
      for (const columns of [60, 80, 120]) {
        for (const flag of ["-h", "--help"]) {
          const { stdout } = await cli([name, flag], {
            columns,
            env: { NO_COLOR: "1" },
          });
          // What can't be broken is to be copied: a line of JSON, a command's option.
          const wide = stdout.split("\n").filter((line) =>
            line.length >= columns && !/^ {2,6}\S*["'{\[]|^ {4}--/.test(line)
          );
          assert.deepEqual(wide, [], `${name} ${flag}`);
        }
      }
    }
  },
);

test(
  "-h is shorter than --help, names each option, and explains what most people need",
  options,
  async () => {
    for (const name of NAMES) {
      const long = (await cli([name, "--help"])).stdout;
      const short = (await cli([name, "-h"])).stdout;
      assert.ok(short.length < long.length * 0.7, name);
      for (const flag of COMMANDS.get(name)!.flags) {
        const dashed = flag.replace(
          /[A-Z]/g,
          (letter) => `-${letter.toLowerCase()}`,
        );
        assert.match(short, new RegExp(`^(  |More in .*)--${dashed}\\b`, "ms"));
      }
    }
  },
);

test("every option belongs to a group", () => {
  const groups = groupsOf(Object.keys(FLAGS) as FlagName[]);
  assert.deepEqual(groups.filter(({ title }) => title === "Others"), []);
});

test(
  "every example in the help has options that its command takes",
  options,
  async () => {
    const examples = [...COMMANDS.values()].flatMap(({ examples }) => examples);
    const commands = examples.filter((line) =>
      line.startsWith("openai-batch ")
    );
    assert.ok(commands.length > NAMES.length);
    for (const line of commands) {
      const words = line.match(/(?:'[^']*'|"[^"]*"|\S)+/g)!.slice(1)
        .map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
      const { stderr } = await cli([...words, "--nonsense-at-all"]);
      assert.match(stderr, /no option --nonsense-at-all/, line);
    }
  },
);

test("the version is that of the package", options, async () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../../deno.json", import.meta.url), "utf8"),
  );
  for (const argv of [["--version"], ["version"], ["run", "--version"]]) {
    const { code, stdout } = await cli(argv);
    assert.deepEqual([code, stdout], [0, `openai-batch ${version}\n`]);
  }
});

test(
  "--quiet says nothing but what was asked for and errors, --no-progress leaves the summary",
  options,
  async () => {
    const argv = ["run", "-", "--prompt", "{line}", ...MODEL];
    const ask = (...more: string[]) =>
      cli([...argv, ...more], { sim: createSimulator(), stdin: "one" });
    const quiet = await ask("--quiet");
    assert.equal(quiet.stderr, "");
    assert.equal(parse(quiet.stdout).length, 1);
    const calm = await ask("--no-progress");
    assert.doesNotMatch(calm.stderr, /Processing|Sending/);
    assert.match(calm.stderr, /1 request: 1 answered/);
    const wrong = await cli([...argv, "--quiet", "--modle"]);
    assert.match(wrong.stderr, /^error: .*Did you mean --model/);
  },
);

test(
  "only a terminal sees styles, and none where NO_COLOR is set or TERM is dumb",
  options,
  async () => {
    const ways: [number | undefined, Record<string, string>, boolean][] = [
      [80, {}, true],
      [80, { NO_COLOR: "1" }, false],
      [80, { TERM: "dumb" }, false],
      [undefined, {}, false],
    ];
    for (const [columns, env, isStyled] of ways) {
      const { stderr } = await cli(["rnu"], { columns, env });
      assert.equal(stderr.startsWith("\x1b[31merror:\x1b[39m"), isStyled);
      const { stdout } = await cli(["--help"], { columns, env });
      assert.equal(stdout.includes("\x1b[1mExamples"), isStyled);
    }
  },
);
