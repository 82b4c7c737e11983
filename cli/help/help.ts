/**
 * The help, of the whole and of each command: examples first.
 *
 * @module
 */

import type { Command } from "../commands/command.ts";
import { COMMAND_GROUPS, COMMANDS, sharedFlags } from "../commands/commands.ts";
import { groupsOf, isUsual } from "./flag_groups.ts";
import { dashed, type FlagName, FLAGS } from "../flags/flags.ts";
import type { Io } from "../io.ts";
import { columnsOf, type Style, styleOf } from "../terminal/style.ts";
import { wrap, wrapCommand, wrapParagraphs } from "../terminal/wrap.ts";

/** Longer lines are hard to read. */
const WIDEST = 100;
const UNKNOWN_WIDTH = 80;

const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "all requests were answered, or the command did what it says"],
  ["1", "some requests failed for good: the results say which, and why"],
  ["2", "wrong arguments, input or key"],
  ["3", "unfinished: it says how to continue"],
  ["4", "nothing was sent: it may cost more than --budget, or you said no"],
];

const EXAMPLES = [
  "export OPENAI_API_KEY=sk-…",
  'openai-batch try reviews.csv --prompt "Sentiment of: {review}" --model gpt-4o-mini',
  'openai-batch run reviews.csv --prompt "Sentiment of: {review}" --model gpt-4o-mini --output answers.csv',
  "openai-batch status",
];

/** Prints help on stdout, as wide as it is. */
export class Help {
  readonly #width: number;
  readonly #style: Style;

  /** @param io Where it is printed. */
  constructor(io: Io) {
    const columns = columnsOf(io.stdout) ?? UNKNOWN_WIDTH;
    this.#width = Math.min(columns, WIDEST) - 1;
    this.#style = styleOf(io.stdout, io);
  }

  /**
   * @returns The help of the whole.
   */
  general(): string {
    return this.#sections([
      wrap(
        "openai-batch: any number of requests through the OpenAI Batch API, at half the price, exactly one result for each.",
        this.#width,
      ),
      this.#examples(EXAMPLES),
      `${this.#title("Usage")}\n  openai-batch COMMAND [options]\n` +
      "  openai-batch COMMAND -h         its usual options\n" +
      "  openai-batch COMMAND --help     everything",
      ...COMMAND_GROUPS.map(([title, names]) =>
        this.#list(
          title,
          names.map((name) => [
            name.padEnd("estimate".length),
            COMMANDS.get(name)!.summary,
          ]),
        )
      ),
      this.#paragraphs(
        `An input is a table (CSV, TSV), JSON, plain text, or a folder of pictures: see openai-batch run --help. You can stop a job with Ctrl-C, or kill it, at any time: its batches keep running at OpenAI, and the same command with --job NAME continues it. Answers go to stdout or --output, everything else to stderr. The key is only read from the environment. A time is a number with ms, s, m, h or d.`,
      ),
      this.#exitCodes(),
    ]);
  }

  /**
   * @param name A command's name.
   * @param command The command.
   * @returns All there is to know of it.
   */
  long(name: string, command: Command): string {
    const flags = [...command.flags, ...sharedFlags(command)];
    return this.#sections([
      ...this.#begin(name, command),
      this.#paragraphs(command.details),
      ...groupsOf(flags).map(({ title, names }) =>
        `${this.#title(title)}\n${
          names.map((name) =>
            `  ${this.#style.bold(headOf(name))}\n` +
            wrap(FLAGS[name].about, this.#width, "      ")
          ).join("\n")
        }`
      ),
      this.#exitCodes(),
    ]);
  }

  /**
   * @param name A command's name.
   * @param command The command.
   * @returns What most people need of it.
   */
  short(name: string, command: Command): string {
    const flags = [...command.flags, ...sharedFlags(command)];
    const others = flags.filter((flag) => !isUsual(flag)).map(dashed);
    return this.#sections([
      ...this.#begin(name, command),
      ...groupsOf(flags.filter(isUsual)).map(({ title, names }) =>
        this.#list(
          title,
          names.map((name) => [headOf(name), firstSentence(FLAGS[name].about)]),
        )
      ),
      this.#paragraphs(
        `More in openai-batch ${name} --help: ${others.join(" ")}`,
      ),
    ]);
  }

  #begin(name: string, { subject, summary, examples }: Command): string[] {
    return [
      `Usage: openai-batch ${name}${subject ? ` ${subject}` : ""} [options]`,
      wrap(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`, this.#width),
      this.#examples(examples),
    ];
  }

  #examples(examples: readonly string[]): string {
    const lines = examples.map((line) => wrapCommand(line, this.#width));
    return `${this.#title("Examples")}\n${lines.join("\n")}`;
  }

  #exitCodes(): string {
    return this.#list("Exit codes", EXIT_CODES);
  }

  #paragraphs(text: string): string {
    return wrapParagraphs(text, this.#width);
  }

  /** Names and what they are, side by side. */
  #list(
    title: string,
    rows: readonly (readonly [name: string, about: string])[],
  ): string {
    const widest = Math.max(...rows.map(([name]) => name.length));
    const left = Math.min(widest, 26) + 4;
    const lines = rows.flatMap(([name, about]) => {
      const [first, ...others] = wrap(about, this.#width - left).split("\n");
      const head = `  ${name.padEnd(left - 2)}`;
      const styled = head.replace(name, () => this.#style.bold(name));
      const rest = others.map((line) => " ".repeat(left) + line);
      return name.length <= left - 4
        ? [styled + first, ...rest]
        : [styled, " ".repeat(left) + first, ...rest];
    });
    return [this.#title(title), ...lines].join("\n");
  }

  #title(text: string): string {
    return this.#style.bold(text);
  }

  #sections(sections: readonly string[]): string {
    return `${sections.join("\n\n")}\n`;
  }
}

function headOf(name: FlagName): string {
  const { value } = FLAGS[name];
  return `${dashed(name)}${value ? ` ${value}` : ""}`;
}

/** With the default, which is last. */
function firstSentence(about: string): string {
  const [first = ""] = /^.*?[.:;](?= |$)/.exec(about) ?? [about];
  const [usual = ""] = / Default: .*$/.exec(about.slice(first.length - 1)) ??
    [];
  return `${first.replace(/[.:;]$/, "")}.${usual}`;
}
