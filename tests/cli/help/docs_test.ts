/** The commands of docs/command-line.md, one after the other, as they stand there. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { COMMANDS } from "../../../cli/commands/commands.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { cli, folder, writeLines } from "../../_support/cli.ts";

const PAGE = readFileSync(
  new URL("../../../docs/command-line.md", import.meta.url),
  "utf8",
);
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]);

/** Its lines that call a command, each in one piece. */
function commands(): string[] {
  const blocks = [...PAGE.matchAll(/^```sh\n(.*?)^```/gms)]
    .map(([, text]) => text!);
  return blocks.flatMap((text) => text.replaceAll(/ \\\n\s*/g, " ").split("\n"))
    .filter((line) => /^(ls .* \| )?openai-batch /.test(line));
}

/** The words of a shell. */
function wordsOf(line: string): string[] {
  return line.match(/(?:'[^']*'|"[^"]*"|\S)+/g)!
    .map((word) => word.replace(/^(['"])(.*)\1$/s, "$2"));
}

test(
  "every command of the page does what it is there for",
  options,
  async (t) => {
    const at = folder(t);
    const reviews = Array.from({ length: 12 }, (_, i) => `${i},"Good, ${i}"`);
    writeLines(at("reviews.csv"), ["number,review", ...reviews, '12,"bad"']);
    mkdirSync(at("pictures"));
    for (const name of ["a", "b"]) {
      writeFileSync(at(`pictures/${name}.png`), PNG);
    }
    let command = "";
    const sim = createSimulator({
      respond: ({ text, body }) => {
        if (body.response_format) {
          return '{"mood":"good","stars":5,"tags":["a"],"why":"so"}';
        }
        return text.endsWith("bad") && command !== "retry"
          ? { status: 400, body: { error: { code: "bad", message: "No" } } }
          : "positive";
      },
    });
    const env = { MY_KEY: sim.options.apiKey };
    const seen = new Set<string>();
    for (const line of commands()) {
      const [first = "", second] = line.split(" | ");
      const stdin = second
        ? `${at("pictures/a.png")}\n${at("pictures/b.png")}`
        : "";
      const argv = wordsOf(second ?? first).slice(1)
        .map((word) =>
          /^([\w-]+\.(csv|jsonl)|pictures)$/.test(word) ? at(word) : word
        );
      command = argv[0]!;
      const { code, stderr } = await cli(argv, { sim, stdin, env });
      assert.doesNotMatch(stderr, /^error: /m, line);
      assert.ok(code <= 1 || command === "status", `${code}: ${line}`);
      const output = argv[argv.indexOf("--output") + 1]!;
      if (argv.includes("--output")) assert.ok(existsSync(output), line);
      seen.add(command);
    }
    const rows = (name: string) =>
      readFileSync(at(name), "utf8").trim().split("\r\n");
    assert.equal(rows("answers.csv")[0], "number,review,output,error");
    assert.equal(
      rows("fields.csv")[0],
      "number,review,mood,stars,tags,why,error",
    );
    assert.match(rows("fields.csv")[1]!, /,good,5,.*,so,$/);
    assert.equal(rows("captions.csv")[0], "file,output,error");
    assert.equal(rows("captions.csv").length, 3);
    assert.equal(rows("found.csv")[0], "line,output,error");
    assert.equal(rows("found.csv").length, 3);
    const retried = rows("reviews-1.csv");
    assert.equal(retried.length, 14);
    assert.ok(retried.slice(1).every((row) => row.endsWith(",positive,")));
    const client = new OpenAIBatch(sim.options);
    assert.equal((await client.status("reviews-2")).stopped?.code, "cancelled");
    for (const name of ["try", "estimate", "run", "retry", "status", "watch"]) {
      assert.ok(seen.has(name), name);
    }
  },
);

test("the page names every command", () => {
  for (const name of COMMANDS.keys()) {
    assert.match(PAGE, new RegExp(`^\\| \`[^|]*\\b${name}\\b`, "m"));
  }
});
