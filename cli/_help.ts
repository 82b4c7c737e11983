/**
 * The help, of the whole and of each command.
 *
 * @module
 */

import type { Command } from "./_command.ts";
import { COMMANDS, sharedFlags } from "./_commands.ts";
import { dashed, type FlagName, FLAGS } from "./_flags.ts";

const WIDTH = 79;

const EXIT_CODES = `\
Exit codes
  0  all requests were answered, or the command did what it says
  1  some requests failed for good: the results say which, and why
  2  wrong arguments, input or key
  3  unfinished: it says how to go on`;

/**
 * @returns The help of the whole.
 */
export function generalHelp(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const commands = [...COMMANDS].map(([name, { summary }]) =>
    `  ${name.padEnd(width)}  ${summary}`
  );
  return `\
openai-batch: any number of requests through the OpenAI Batch API, at half the
price, exactly one result for each.

Usage: openai-batch COMMAND [options]
       openai-batch COMMAND --help

Commands
${commands.join("\n")}

A first run: a prompt per line in, an answer per line out
  export OPENAI_API_KEY=…
  openai-batch run prompts.txt --prompt "{line}" --model gpt-4o-mini \\
    --output results.jsonl --failures failures.jsonl

It may be stopped with Ctrl-C, or killed, at any time: the batches go on at
OpenAI, and the same command with --job ID goes on with them. Results go to
stdout or to --output, everything else to stderr. The key is taken from the
environment and from nowhere else. A time is a number with ms, s, m, h or d.

${EXIT_CODES}
`;
}

/**
 * @param name A command's name.
 * @param command The command.
 * @returns Its help.
 */
export function helpOf(name: string, command: Command): string {
  const subject = command.subject ? ` ${command.subject}` : "";
  const shared = sharedFlags(command);
  return `\
Usage: openai-batch ${name}${subject} [options]

${command.details}

${command.flags.length > 0 ? `Options\n${listOf(command.flags)}\n\n` : ""}\
Options of every command
${listOf(shared)}

${EXIT_CODES}
`;
}

function listOf(flags: readonly FlagName[]): string {
  return flags.map((name) => {
    const { value, about } = FLAGS[name];
    const head = `  ${dashed(name)}${value ? ` ${value}` : ""}`;
    return `${head}\n${wrap(about, "      ")}`;
  }).join("\n");
}

function wrap(text: string, indent: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const longer = line ? `${line} ${word}` : word;
    const fits = indent.length + longer.length <= WIDTH;
    if (fits || !line) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join("\n");
}
