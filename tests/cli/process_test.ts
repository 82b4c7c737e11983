/**
 * The command line as processes of their own, killed and interrupted, on the
 * simulator that it serves itself.
 *
 * @module
 */

import { execFile, type ExecFileOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assert, test, type TestContext } from "../_support/prelude.ts";
import { folder, type Parsed, read, writeLines } from "../_support/cli.ts";

const options = { timeout: 110_000 };
const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
const FAST = ["--settle-time", "200ms", "--poll-interval", "200ms"];

interface Running {
  /** Deno's `child.kill` takes a process for dead that lives on. */
  kill(signal: "SIGINT" | "SIGKILL" | "SIGSTOP"): void;
  /** All that was said until now. */
  said(): string;
  /** Resolves when this was said. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code, or the signal. */
  end: Promise<number | string>;
}

function start(
  t: TestContext,
  argv: string[],
  env: Record<string, string> = {},
  permissions = ["--allow-all"],
): Running {
  const deno = "Deno" in globalThis ? ["run", "--quiet", ...permissions] : [];
  const child = spawn(process.execPath, [...deno, MAIN, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  let look = () => {};
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk) => {
      text += chunk;
      look();
    });
  }
  const end = once(child, "close").then(([code, signal]) => code ?? signal);
  const said = () => text;
  const says = (pattern: RegExp) =>
    Promise.race([
      new Promise<RegExpExecArray>((resolve) => {
        look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        look();
      }),
      end.then(() => {
        const match = pattern.exec(text);
        return match ?? assert.fail(`It ended before ${pattern}: ${text}`);
      }),
    ]);
  const kill = (signal: string) => void process.kill(child.pid!, signal);
  return { kill, said, says, end };
}

async function bash(
  command: string,
  options: ExecFileOptions,
): Promise<{ stdout: string; stderr: string }> {
  const { stdout, stderr } = await promisify(execFile)(
    "bash",
    ["-c", command],
    { ...options, timeout: 60_000 },
  );
  return { stdout: `${stdout}`, stderr: `${stderr}` };
}

/** Serves the simulator; gives the variables to reach it. */
async function serve(t: TestContext, speed: number) {
  const server = start(t, ["simulate", "--speed", `${speed}`]);
  const [, url, key] = await server.says(
    /^export OPENAI_BASE_URL=(\S+) OPENAI_API_KEY=(\S+)$/m,
  );
  return { OPENAI_BASE_URL: url!, OPENAI_API_KEY: key! };
}

async function batchesAt(
  env: { OPENAI_BASE_URL: string; OPENAI_API_KEY: string },
): Promise<Parsed[]> {
  const response = await fetch(`${env.OPENAI_BASE_URL}/batches?limit=100`, {
    headers: { authorization: `Bearer ${env.OPENAI_API_KEY}` },
  });
  return (await response.json()).data;
}

function prompts(path: string, count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `prompt ${i}`);
  return writeLines(path, lines);
}

test(
  "1,000 prompts, killed twice, begun twice and gone on with: each id is there once, each batch once",
  options,
  async (t) => {
    const at = folder(t);
    const env = await serve(t, 3_000);
    const input = prompts(at("in.txt"), 1_000);
    const output = at("out.jsonl");
    const argv = ["run", input, "--prompt", "{line}", "--model", "gpt-4o-mini"];
    argv.push("--batch-size", "50", "--output", output, ...FAST);

    const first = start(t, argv, env);
    const [, job] = await first.says(/^Job (\S+)$/m);
    await first.says(/active batches: [1-9]/);
    first.kill("SIGKILL");
    assert.notEqual(await first.end, 0);

    const again = [...argv, "--job", job!];
    const second = start(t, again, env);
    await second.says(/, [1-9]\d? of 20 parts done/);
    second.kill("SIGSTOP");
    const beside = start(t, again, env);
    assert.equal(await beside.end, 2, beside.said());
    assert.match(beside.said(), /out\.jsonl is being written by process \d+/);
    second.kill("SIGKILL");
    assert.notEqual(await second.end, 0);
    const held = existsSync(output) ? readFileSync(output, "utf8") : "";
    assert.match(held, /^$|\n$/);

    const third = start(t, again, env);
    assert.equal(await third.end, 0, third.said());
    const results = read(output);
    assert.equal(results.length, 1_000);
    for (const { id, ok, output } of results) {
      assert.ok(ok && output === `Answer to: prompt ${id}`);
    }
    assert.equal(new Set(results.map(({ id }) => id)).size, 1_000);
    assert.equal((await batchesAt(env)).length, 20);
  },
);

test(
  "Ctrl-C leaves the job running and prints the command that continues it",
  options,
  async (t) => {
    const at = folder(t);
    const env = await serve(t, 200);
    const input = prompts(at("in.txt"), 10);
    const argv = ["run", input, "--prompt", "{line}", "--model", "gpt-4o-mini"];
    const first = start(t, [...argv, "--batch-size", "2", ...FAST], env);
    await first.says(/active batches: [1-9]/);
    // Under `timeout`, one Ctrl-C arrives twice.
    first.kill("SIGINT");
    first.kill("SIGINT");
    assert.equal(await first.end, 3);
    const [, words] = /Continue it with:\n {2}openai-batch (.*)\n/.exec(
      first.said(),
    )!;
    const batches = await batchesAt(env);
    assert.ok(batches.every(({ status }) => !/cancel/.test(status)));

    const second = start(t, words!.split(" ").map(unquote), env);
    assert.equal(await second.end, 0, second.said());
    assert.match(second.said(), /10 requests: 10 answered, 0 failed/);
    assert.equal((await batchesAt(env)).length, 5);
  },
);

function unquote(word: string): string {
  return word.replace(/^'(.*)'$/, "$1");
}

test(
  "Ctrl-C twice cancels the job and writes what was answered, and the rest as failed",
  options,
  async (t) => {
    const at = folder(t);
    const env = await serve(t, 60);
    const input = prompts(at("in.txt"), 20);
    const argv = ["run", input, "--prompt", "{line}", "--model", "gpt-4o-mini"];
    argv.push("--output", at("out.jsonl"), "--batch-size", "1", ...FAST);
    const { kill, says, said, end } = start(t, argv, env);
    // A batch that is cancelled before it runs may have no files to read.
    while (true) {
      const batches = await batchesAt(env);
      const running = batches.filter(({ status }) => status !== "validating");
      if (running.length === 20) break;
      await delay(100);
    }
    kill("SIGINT");
    await says(/Ctrl-C again before then/);
    await delay(400); // sooner, it would be the same press
    kill("SIGINT");
    assert.equal(await end, 1, said());
    const results = read(at("out.jsonl"));
    assert.equal(new Set(results.map(({ id }) => id)).size, 20);
    assert.equal(results.length, 20);
    const codes = results.map(({ error }) => error?.code ?? "ok");
    assert.ok(codes.includes("cancelled"));
    assert.ok(codes.every((code) => code === "ok" || code === "cancelled"));
    const batches = await batchesAt(env);
    assert.ok(
      batches.every(({ status }) => /^(completed|cancelled)$/.test(status)),
    );
  },
);

test(
  "results go into another program, by >(…), /dev/stdout or a pipe",
  { ...options, skip: process.platform === "win32" },
  async (t) => {
    const at = folder(t);
    const env = await serve(t, 10_000);
    const input = prompts(at("in.txt"), 3);
    const deno = "Deno" in globalThis ? "run --quiet --allow-all " : "";
    const run =
      `"${process.execPath}" ${deno}"${MAIN}" run - --prompt {line} ` +
      `--model gpt-4o-mini ${FAST.join(" ")} < "${input}"`;
    const count = "wc -l > count; mv count counted";
    const ways = [
      `${run} --output >(${count})`,
      `${run} --output /dev/stdout | { ${count}; }`,
      `${run} --output /dev/stdout > lines; < lines ${count}`,
      `mkfifo fifo; { < fifo ${count}; } & ${run} --output fifo; wait`,
    ];
    for (const way of ways) {
      const until = `until [ -e counted ]; do sleep 0.05; done; cat counted`;
      const { stdout, stderr } = await bash(`${way}; ${until}; rm counted`, {
        cwd: at("."),
        env: { ...process.env, ...env },
      });
      assert.equal(stdout.trim(), "3", `${way}: ${stderr}`);
    }
  },
);

test(
  "Deno needs no permissions but net, env, the files that are named, and their locks",
  { ...options, skip: !("Deno" in globalThis) },
  async (t) => {
    const at = folder(t);
    const env = await serve(t, 3_000);
    const input = prompts(at("in.txt"), 3);
    const files = [at("out.jsonl"), at("failures.jsonl")];
    const locked = files.flatMap((path) => [path, `${path}.lock`]);
    const { end, said } = start(
      t,
      [
        "run",
        input,
        "--prompt",
        "{line}",
        "--model",
        "gpt-4o-mini",
        "--output",
        files[0]!,
        "--failures",
        files[1]!,
        ...FAST,
      ],
      env,
      [
        "--no-prompt",
        "--allow-net",
        "--allow-env",
        `--allow-read=${[input, ...locked].join(",")}`,
        `--allow-write=${locked.join(",")}`,
      ],
    );
    assert.equal(await end, 0, said());
    assert.equal(read(files[0]!).length, 3);
  },
);
