import { readFileSync, writeFileSync } from "node:fs";
import { assert, options, test } from "../../_support/prelude.ts";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { cli, folder, MODEL, parse, read } from "../../_support/cli.ts";

const echo = () => createSimulator({ respond: ({ text }) => text });

/** What the same rows are in each format, and what the output then begins with. */
const INPUTS: [name: string, text: string, flags?: string[]][] = [
  ["in.csv", 'title,text\r\nA,"x, ""y"""\r\nB,z\r\n'],
  ["in.csv", '\uFEFFtitle;text\n"A";"x, ""y"""\n\nB;z'],
  ["in.tsv", 'title\ttext\nA\t"x, ""y"""\nB\tz\n'],
  ["in.csv", 'title^text\nA^"x, ""y"""\nB^z\n', ["--delimiter", "^"]],
  ["in.json", '[{"title":"A","text":"x, \\"y\\""},\n{"title":"B","text":"z"}]'],
  ["in.jsonl", '{"title":"A","text":"x, \\"y\\""}\n{"title":"B","text":"z"}'],
  ["in.json", '{"title":"A","text":"x, \\"y\\""}\n{"title":"B","text":"z"}'],
  ["in.data", 'title|text\nA|x, "y"\nB|z\n', ["--input-format", "csv"]],
];

for (const [name, text, flags = []] of INPUTS) {
  test(
    `rows of ${name}, ${
      JSON.stringify(text.slice(0, 12))
    }…, are asked, and keep their columns`,
    options,
    async (t) => {
      const at = folder(t);
      const stdin = text;
      writeFileSync(at(name), text);
      const argv = [
        ...flags,
        "--prompt",
        "{title}: {text}",
        ...MODEL,
        "--ordered",
        "--output",
        at("out.jsonl"),
      ];
      const { code, stderr } = await cli(["run", at(name), ...argv], {
        sim: echo(),
      });
      assert.equal(code, 0, stderr);
      const rows = [
        { title: "A", text: 'x, "y"', output: 'A: x, "y"', error: null },
        { title: "B", text: "z", output: "B: z", error: null },
      ];
      assert.deepEqual(read(at("out.jsonl")), rows);
      // From stdin the format shows by itself.
      const piped = argv.with(-1, at("piped.jsonl"));
      await cli(["run", "-", ...piped], { sim: echo(), stdin });
      assert.deepEqual(read(at("piped.jsonl")), rows);
    },
  );
}

test(
  "a column of the input that is called as one of ours stays, and ours gets another name",
  options,
  async () => {
    const argv = ["run", "-", "--prompt", "{output}", ...MODEL];
    argv.push("--input-format", "csv");
    const stdin = "output,output_2,error\na,b,c\n";
    const { stdout } = await cli(argv, { sim: echo(), stdin });
    assert.deepEqual(parse(stdout), [{
      output: "a",
      output_2: "b",
      error: "c",
      output_3: "a",
      error_2: null,
    }]);
  },
);

test(
  "elements of a JSON array end where they end, whatever their texts hold",
  options,
  async () => {
    const texts = ["\\", '"', '\\"', "]", "},{", "[[", "\n", ""];
    const stdin = JSON.stringify(
      texts.map((text, n) => ({ n, text, deep: [[{ text }], { a: {} }] })),
    );
    for (
      const indented of [stdin, JSON.stringify(JSON.parse(stdin), null, 2)]
    ) {
      const argv = ["run", "-", "--prompt", "{n}{text}", ...MODEL];
      const { stdout, stderr } = await cli(argv, {
        sim: echo(),
        stdin: indented,
      });
      const found = parse(stdout).toSorted((a, b) => a.n - b.n);
      assert.deepEqual(found.map(({ text }) => text), texts, stderr);
      assert.deepEqual(
        found.map(({ output }) => output),
        texts.map((text, n) => `${n}${text}`),
      );
    }
  },
);

test(
  "numbers and names come out as they went in: long ids, prices, blanks",
  options,
  async () => {
    const record = '{"id": 12345678901234567890, "price": 1.10, " n ": 7}';
    const argv = ["run", "-", "--prompt", "{id} {price} {n} {row}", ...MODEL];
    argv.push("--id", "id");
    const lines = await cli(argv, { sim: echo(), stdin: `${record}\n` });
    assert.equal(
      lines.stdout,
      `${record.slice(0, -1)},"output":${
        JSON.stringify(`12345678901234567890 1.10 7 ${record}`)
      },"error":null}\n`,
    );
    const csv = [...argv, "--format", "csv"];
    const array = await cli(csv, { sim: echo(), stdin: `[\n${record}]` });
    assert.match(
      array.stdout,
      /^id,price, n ,output,error\r\n12345678901234567890,1\.10,7,/,
    );
  },
);

test("what a prompt may hold", options, async () => {
  const stdin = 'a,b c\n1,"x\n{a}"\n';
  const prompts: [prompt: string, asked: string][] = [
    ["{a}", "1"],
    ["{b c}", "x\n{a}"],
    ["{{a}} {a}", "{a} 1"],
    ['{{"n": {a}}}', '{"n": 1}'],
    ["{line}", '1,"x\n{a}"'],
    ["{row}", '{"a":"1","b c":"x\\n{a}"}'],
    ["} {a} {", "} 1 {"],
  ];
  for (const [prompt, asked] of prompts) {
    const argv = ["run", "-", "--prompt", prompt, ...MODEL];
    argv.push("--input-format", "csv");
    const { stdout, stderr } = await cli(argv, { sim: echo(), stdin });
    assert.equal(parse(stdout)[0]?.output, asked, stderr);
  }
});

test(
  "a system message, files of prompts and ids of a column reach the requests",
  options,
  async (t) => {
    const at = folder(t);
    const asked: unknown[] = [];
    const sim = createSimulator({
      respond: ({ custom_id, body }) => {
        asked.push(custom_id, body.messages);
        return "";
      },
    });
    writeFileSync(at("prompt.md"), "About {topic}\n");
    writeFileSync(at("system.md"), "You are {role}.\n");
    const argv = ["run", "-", "--prompt-file", at("prompt.md"), ...MODEL];
    argv.push("--system-file", at("system.md"), "--id", "key");
    const stdin = "key,topic,role\nk-1,tea,a cook\n";
    const { code, stderr } = await cli(argv, { sim, stdin });
    assert.equal(code, 0, stderr);
    assert.deepEqual(asked, ["k-1", [
      { role: "system", content: "You are a cook." },
      { role: "user", content: "About tea" },
    ]]);
  },
);

test("pictures go along, or are named by their address", options, async (t) => {
  const at = folder(t);
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";
  writeFileSync(at("a.png"), png, "base64");
  writeFileSync(at("in.csv"), "file\na.png\nhttps://example.com/b.jpg\n");
  const urls: unknown[] = [];
  const sim = createSimulator({
    respond: ({ body }) => {
      urls.push(body.messages[0].content[1].image_url.url);
      return "seen";
    },
  });
  const argv = ["run", at("in.csv"), "--image", "file", "--prompt", "What?"];
  const { code, stderr } = await cli([...argv, ...MODEL], { sim });
  assert.equal(code, 0, stderr);
  assert.deepEqual(urls.sort(), [
    `data:image/png;base64,${png}`,
    "https://example.com/b.jpg",
  ]);
});

test(
  "--fields and --schema make a column of each field, which the request asks for in strict mode",
  options,
  async (t) => {
    const at = folder(t);
    const formats: unknown[] = [];
    const sim = createSimulator({
      respond: ({ body, text }) => {
        formats.push(body.response_format.json_schema);
        return text === "b"
          ? '{"mood":"bad","stars":"many"}'
          : '{"mood":"good","stars":3}';
      },
    });
    writeFileSync(at("in.csv"), "text\na\nb\n");
    const argv = ["run", at("in.csv"), "--prompt", "{text}", ...MODEL];
    argv.push("--format", "csv", "--ordered", "--max-attempts", "1");
    const fields = ["--fields", "mood:good|bad, stars:int"];
    const out = ["--output", at("a.csv")];
    const { code } = await cli([...argv, ...fields, ...out], { sim });
    assert.equal(code, 1);
    const schema = {
      type: "object",
      properties: {
        mood: { type: "string", enum: ["good", "bad"] },
        stars: { type: "integer" },
      },
      required: ["mood", "stars"],
      additionalProperties: false,
    };
    const wanted = { name: "output", strict: true, schema };
    assert.deepEqual(formats, [wanted, wanted]);
    const text = readFileSync(at("a.csv"), "utf8");
    assert.equal(
      text.replace(/invalid_output.*/, "…"),
      "text,mood,stars,error\r\na,good,3,\r\nb,,,…\n".replace(
        /\n$/,
        text.endsWith("\r\n") ? "\r\n" : "\n",
      ),
    );
    writeFileSync(at("schema.json"), JSON.stringify(schema));
    const same = ["--schema", at("schema.json"), "--output", at("b.csv")];
    await cli([...argv, ...same], { sim });
    assert.equal(readFileSync(at("b.csv"), "utf8"), text);
  },
);

test(
  "--safe keeps the input's columns from being formulas, without it they are as they were",
  options,
  async () => {
    const stdin = "text\n=1+1\n-5\n";
    const argv = ["run", "-", "--prompt", "{text}", ...MODEL];
    argv.push("--format", "csv", "--input-format", "csv");
    const plain = await cli(argv, { sim: echo(), stdin });
    assert.match(plain.stdout, /^=1\+1,'=1\+1,\r$/m);
    assert.match(plain.stdout, /^-5,-5,\r$/m);
    const safe = await cli([...argv, "--safe"], { sim: echo(), stdin });
    assert.match(safe.stdout, /^'=1\+1,'=1\+1,\r$/m);
  },
);
