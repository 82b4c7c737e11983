/** The simulator as a server, whose time runs faster than that of its clients. */

import { main } from "@offpeak/openai-batch/cli";
import {
  assert,
  options,
  test,
  type TestContext,
} from "../../_support/prelude.ts";
import {
  cli,
  folder,
  MODEL,
  type Parsed,
  read,
  writeLines,
} from "../../_support/cli.ts";

/** Serves in this process, and gives what reaches it. */
function serve(t: TestContext, ...argv: string[]): Promise<Parsed> {
  return new Promise((resolve, reject) => {
    let text = "";
    let end = () => {};
    t.after(() => end());
    const io = {
      stdin: (async function* () {})(),
      stdout: {
        isTerminal: false,
        write: (said: string) => {
          text += said;
          return Promise.resolve();
        },
      },
      stderr: { isTerminal: false, write: () => Promise.resolve() },
      env: () => undefined,
      onInterrupt: (listener: () => void) => {
        end = listener;
        resolve(JSON.parse(text));
        return () => {};
      },
    };
    main(["simulate", "--json", ...argv], io).then(reject, reject);
  });
}

test(
  "every time in an answer is the client's: of files, batches, results and direct calls",
  options,
  async (t) => {
    const at = folder(t);
    const before = Math.floor(Date.now() / 1000);
    const { baseURL, apiKey } = await serve(t, "--speed", "100000");
    const env = { KEY: apiKey };
    const prompt = `{"created":1,"created_at": 2}`;
    const input = writeLines(at("in"), [prompt]);
    const way = ["--base-url", baseURL, "--api-key-env", "KEY"];
    way.push("--prompt", "{line}", ...MODEL, "--body");
    for (const endpoint of ["/v1/chat/completions", "/v1/responses"]) {
      for (const command of ["run", "direct"]) {
        const output = at(command + endpoint.replaceAll("/", "-"));
        const argv = [command, input, ...way, "--endpoint", endpoint];
        argv.push("--output", output);
        if (command === "run") argv.push("--poll-interval", "50ms");
        const { code, stderr } = await cli(argv, { env });
        assert.equal(code, 0, stderr);
        const [{ body, output: answer }] = read(output);
        const created = body.created ?? body.created_at;
        const now = Math.ceil(Date.now() / 1000);
        assert.ok(before <= created && created <= now, `${created}`);
        assert.equal(answer, `Answer to: ${prompt}`);
      }
    }
    const headers = { authorization: `Bearer ${apiKey}` };
    const { data } = await (await fetch(`${baseURL}/files`, { headers }))
      .json();
    for (const { id, purpose, bytes } of data) {
      const url = `${baseURL}/files/${id}/content`;
      const content = await (await fetch(url, { headers })).arrayBuffer();
      assert.equal(content.byteLength, bytes, purpose);
      if (purpose !== "batch") continue;
      const text = new TextDecoder().decode(content);
      assert.ok(text.includes(JSON.stringify(prompt)), text);
    }
  },
);

test(
  "a fault that is mistyped is refused with the names of all",
  options,
  async () => {
    const refused: [string, RegExp][] = [
      ['{"5O3": 0.1}', /fault "5O3": .*400 to 599, .*reset_after, .*expired,/],
      ['{"expire": 0.1}', /fault "expire": .*batches are expired, late_files,/],
      ['{"batch.create:503": 1}', /call "batch.create", .*batches\.create,/],
      ['{"expired": 2}', /"expired" must be from 0 to 1: it is 2/],
    ];
    for (const [faults, reason] of refused) {
      const argv = ["simulate", "--faults", faults];
      const { code, stdout, stderr } = await cli(argv);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, reason);
    }
  },
);

test(
  "it says how long a batch takes to expire at its speed",
  options,
  async () => {
    const argv = ["simulate", "--faults", '{"expired": 0.5}', "--speed"];
    const speeds = [["1", "24 h"], ["600", "2 min"], ["86400", "1 s"]];
    for (const [speed, time] of speeds) {
      const { code, stderr } = await cli([...argv, speed!], {
        onListening: (press) => queueMicrotask(press),
      });
      assert.equal(code, 0, stderr);
      assert.ok(stderr.includes(`24 h for it: ${time} at`), stderr);
    }
    const { stdout } = await cli(["simulate", "--help"]);
    assert.match(stdout, /expires takes its 24 hours/);
  },
);
