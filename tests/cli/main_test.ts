import { OpenAIBatch } from "@offpeak/openai-batch";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import { laggingAll } from "../_support/servers.ts";
import { cli, folder, parse, writeLines } from "../_support/cli.ts";

test(
  "what is written wrong is refused with the nearest name",
  options,
  async () => {
    const refused: [string[], RegExp][] = [
      [["rnu"], /no command rnu\. Did you mean run\?/],
      [["frobnicate"], /no command frobnicate\. openai-batch -h lists/],
      [
        ["run", "x", "--ouput", "y"],
        /no option --ouput\. Did you mean --output\?/,
      ],
      [["run", "x", "--modle", "y"], /Did you mean --model\?/],
      [
        ["run", "x", "--max-completion-tokens", "9"],
        /--params '\{"max_completion_tokens": 9\}'/,
      ],
      [["status", "x", "--model", "y"], /no option --model here/],
      [
        ["run", "x", "--api-key", "sk-1"],
        /no option --api-key\. Did you mean --api-key-env\?/,
      ],
      [["run", "x", "-m", "y"], /no option -m\. Did you mean --model\?/],
      [["try", "x", "--rows", "5"], /no option --rows\. Did you mean --size\?/],
      [["run", "x", "y.csv"], /to write there, use --output y\.csv/],
      [["run", "x", "-z", "y"], /no option -z/],
      [
        ["run", "x", "--completion-window", "1d"],
        /POST \/batches goes into --batch '\{"completion_window": "1d"\}'/,
      ],
      [
        ["run", "x", "--metadata", '{"team":"a"}'],
        /--batch '\{"metadata": …\}'/,
      ],
      [
        ["run", "x", "--expires-after=9"],
        /POST \/files goes into --file '\{"expires_after": 9\}'/,
      ],
      [
        ["run", "--verbosity", "x"],
        /--params '\{"verbosity": …\}'/,
      ],
      [
        ["run", "x", "--secret", "sk-1"],
        /--params '\{"secret": …\}'/,
      ],
      [["list"], /no command list\. Did you mean status\?/],
      [["run", "x", "--ouput", "y"], /\nopenai-batch run -h lists its options/],
      [["status", "j", "--open"], /--open chooses among all jobs/],
      [["run"], /run needs an input/],
      [
        ["results"],
        /results needs the name of a job, which openai-batch status lists/,
      ],
      [["run", "x", "y"], /run doesn't take "y"/],
      [["run", "a.png", "b.png"], /"b.png": name the folder of the pictures/],
      [["retry", "j"], /retry needs the input that the job was started with/],
      [["simulate", "x"], /simulate doesn't take "x"\n/],
      [["run", "x", "--job"], /--job needs a value/],
      [["run", "x", "--job", "--json"], /--job needs a value/],
      [["run", "x", "--json=1"], /--json takes no value/],
      [["run", "x", "--model=a", "--model=b"], /--model is given twice/],
      [["run", "x", "--batch-size", "0"], /--batch-size must be 1 or more/],
      [
        ["run", "x", "--batch-size", "1e3"],
        /--batch-size must be a whole number/,
      ],
      [
        ["run", "x", "--params", "temperature=0"],
        /--params must be a JSON object/,
      ],
      [
        ["run", "x", "--poll-interval", "5"],
        /--poll-interval must be a number with ms, s/,
      ],
      [
        ["run", "x", "--deadline", "soon"],
        /--deadline must be a time such as 20h, or a date/,
      ],
      [
        ["run", "x", "--format", "xml"],
        /--format must be jsonl or json or csv or tsv or text/,
      ],
      [
        ["run", "-", "--prompt", "Say it"],
        /--prompt must name a column.*\{line\}/,
      ],
      [
        ["status", "--api-key-env", "sk-1"],
        /must be the name of an environment/,
      ],
      [["try", "-", "--prompt", "{line}"], /has no rows: there is nothing/],
      [["run", "-", "--budget", "1"], /stdin has no requests/],
    ];
    const sim = createSimulator();
    for (const [argv, reason] of refused) {
      const { code, stdout, stderr } = await cli(argv, { sim });
      assert.equal(code, 2, argv.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /sk-1|^\s+at /m);
    }
    assert.equal(sim.ledger.calls.length, 0);
  },
);

test(
  "the key comes from the environment, and another server needs a variable of its own",
  options,
  async () => {
    const sim = createSimulator();
    const seen: string[] = [];
    const fetch: typeof sim.fetch = (input, init) => {
      seen.push(new Headers(init?.headers).get("api-key") ?? "none");
      return sim.fetch(input, init);
    };
    const keyless = { ...sim, options: { ...sim.options, fetch } };
    const url = ["--base-url", "https://example.com/v1"];
    const bare = await cli(["status", ...url], { sim: keyless });
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /--base-url needs --api-key-env NAME/);
    const named = [
      ...url,
      "--api-key-env",
      "MY_KEY",
      "--api-key-header=api-key",
    ];
    const unset = await cli(["status", ...named], { sim: keyless });
    assert.equal(unset.code, 2);
    assert.match(unset.stderr, /MY_KEY is empty or not set/);
    const env = { MY_KEY: sim.options.apiKey };
    assert.equal(
      (await cli(["status", ...named], { sim: keyless, env })).code,
      0,
    );
    assert.deepEqual(seen, [sim.options.apiKey]);
    const wrong = { MY_KEY: "sk-wrong" };
    const refused = await cli(["status", ...named], {
      sim: keyless,
      env: wrong,
    });
    assert.equal(refused.code, 2);
    assert.doesNotMatch(refused.stderr, /sk-wrong/);
  },
);

test("without any key it says where one is looked for", options, async () => {
  const { code, stderr } = await cli(["status"]);
  assert.equal(code, 2);
  assert.match(stderr, /no key: set OPENAI_API_KEY/);
});

test("its options reach the client and the job", options, async () => {
  const sim = createSimulator();
  const argv = ["submit", "-", "--prompt", "{line}", "--job", "j"];
  const { code } = await cli([
    ...argv,
    "--model=gpt-4o",
    '--params={"model":"none","temperature":0}',
    "--batch-size=2",
    '--batch={"metadata":{"team":"a"}}',
    '--file={"expires_after":{"anchor":"created_at","seconds":86400}}',
    "--endpoint=/v1/chat/completions",
    "--max-enqueued-tokens=1000000",
    "--settle-time=0.5s",
  ], { sim, stdin: "a\nb\nc" });
  assert.equal(code, 0);
  assert.equal(sim.ledger.batches.length, 2);
  assert.equal(sim.ledger.batches[0]!.metadata?.team, "a");
  const client = new OpenAIBatch(sim.options);
  const run = await (await client.attach("j")).results().collect();
  assert.equal(run.succeeded.length, 3);
  const [request] = sim.ledger.requests;
  assert.equal(request!.body.model, "gpt-4o");
  assert.equal(request!.body.temperature, 0);
});

test(
  "estimate says what it would cost, without a key and without a call",
  options,
  async () => {
    const argv = ["estimate", "-", "--prompt", "{line}", "--model=gpt-4o-mini"];
    const stdin = "What is one and one?\nAnd two and two?\n";
    const open = await cli(argv, { stdin });
    assert.equal(open.code, 0, open.stderr);
    assert.match(open.stdout, /^2 requests in 1 batch, \d+ bytes$/m);
    assert.match(
      open.stdout,
      /^gpt-4o-mini +2 +\d+ +no limit +\$0\.0{5}\d+ +\$0\.0{5}\d+$/m,
    );
    assert.match(open.stdout, /max_completion_tokens .*--output-tokens N/);
    assert.doesNotMatch(open.stdout, /at most|you expect/);
    const limited = await cli([...argv, "--output-tokens", "5", "--json"], {
      stdin,
    });
    const [{ type, requests, maxOutputTokens, cost, standardCost }] = parse(
      limited.stdout,
    );
    assert.deepEqual([type, requests, maxOutputTokens], ["estimate", 2, 10]);
    assert.ok(cost > 0 && cost < standardCost);
    const text = await cli([...argv, "--output-tokens", "5"], { stdin });
    assert.match(text.stdout, / 10 +\$.*\n\n.*\nThe output is .* expect$/m);
    const params = '--params={"max_completion_tokens":5}';
    const bound = await cli([...argv, params], { stdin });
    assert.match(bound.stdout, / 10 +\$.*\n\n.*\nThe output is at most .*$/m);
    const strange = await cli(
      [...argv.slice(0, -1), "--model=own", "--output-tokens=5"],
      { stdin },
    );
    assert.match(
      strange.stdout,
      /^own .* \? +\?$[^]*\nThe price of "own" .*--prices/m,
    );
  },
);

test("what can't be counted is said, and can be given", options, async (t) => {
  const image_url = { url: "https://example.com/a.png" };
  const content = [{ type: "image_url", image_url }];
  const request = { content: [{ role: "user", content }] };
  const input = writeLines(folder(t)("in.jsonl"), [JSON.stringify(request)]);
  const given = ["--model=gpt-4o-mini", "--uncounted-tokens=800"];

  const open = await cli(["estimate", input, given[0]!]);
  assert.match(open.stdout, /Not counted, in 1 requests: images \(1\); --unc/);
  const counted = await cli(["estimate", input, ...given]);
  assert.match(counted.stdout, / 807 +no limit/);
  assert.doesNotMatch(counted.stdout, /Not counted/);

  const sim = createSimulator();
  const run = ["run", input, "--budget=1"];
  const refused = await cli([...run, given[0]!], { sim });
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /images \(1\) in 1 of the requests can't be/);
  assert.match(refused.stderr, /\(see --uncounted-tokens\)\n/);
  assert.match(refused.stderr, /sent\. Say with --uncounted-tokens N how many/);
  assert.doesNotMatch(refused.stderr, /uncountedTokens|Raise --budget/);
  assert.equal((await cli([...run, ...given], { sim })).code, 0);
});

test("a run says why a model has no cost", options, async () => {
  const sim = createSimulator();
  const argv = ["run", "-", "--prompt", "{line}", "--model", "own"];
  const bare = await cli(argv, { sim, stdin: "one" });
  assert.match(
    bare.stderr,
    /The price of "own" isn't known. Give it with --prices/,
  );
  const prices = ["--prices", '{"own": "gpt-4o-mini"}'];
  const priced = await cli([...argv, ...prices], { sim, stdin: "one" });
  assert.doesNotMatch(priced.stderr, /isn't known/);
});

test(
  "what the library says of its options is said of the command line's",
  options,
  async (t) => {
    const input = writeLines(folder(t)("in.txt"), ["a"]);
    const argv = ["run", input, "--prompt={line}", "--model"];
    const refused: [string[], RegExp][] = [
      [
        ["gpt-4o-mini", "--lane=flex"],
        /^error: --lane needs --at-deadline "direct": it is the lane/,
      ],
      [
        ["own", "--budget=1"],
        /"own" \(see --prices\)\nNothing was sent\. Give the price with --prices/,
      ],
    ];
    for (const [more, reason] of refused) {
      const sim = createSimulator();
      const { stderr } = await cli([...argv, ...more], { sim });
      assert.match(stderr, reason);
      assert.equal(sim.ledger.batches.length, 0);
    }
    const sim = createSimulator();
    const job = [...argv, "gpt-4o-mini", "--job=j", "--settle-time=0s"];
    assert.equal((await cli(job, { sim })).code, 0);
    writeLines(input, ["b"]);
    const other = await cli(job, { sim });
    assert.equal(other.code, 2, other.stderr);
    assert.doesNotMatch(other.stderr, /batchSize|maxBytes/);
    const late = createSimulator();
    const fetch = laggingAll(late, 40_000);
    const examined = await cli(["doctor", "--model=m", "--yes", "--json"], {
      sim: { ...late, options: { ...late.options, fetch } },
    });
    assert.match(examined.stdout, /Raise --settle-time above/);
  },
);

test("what is over the budget is not sent", options, async (t) => {
  const sim = createSimulator();
  const input = writeLines(folder(t)("in.txt"), ["a long prompt", "another"]);
  const argv = ["run", input, "--prompt", "{line}", "--model", "gpt-4o-mini"];
  argv.push('--params={"max_completion_tokens":100}', "--budget");
  const refused = await cli([...argv, "0.00001"], { sim });
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /\nNothing was sent\. Raise --budget, /);
  // The command that it prints runs as it stands.
  const [, printed = ""] = /\n {2}openai-batch (.*)\n$/.exec(refused.stderr)!;
  const words = printed.match(/(?:'[^']*'|[^' ])+/g)!
    .map((word) => word.replaceAll("'", ""));
  const estimate = await cli(words);
  assert.equal(estimate.code, 0, estimate.stderr);
  assert.match(estimate.stdout, /gpt-4o-mini/);
  assert.equal(sim.ledger.calls.length, 0);
  assert.equal((await cli([...argv, "1"], { sim })).code, 0);
});
