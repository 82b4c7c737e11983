import { Buffer } from "node:buffer";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { assert, options, test } from "../../_support/prelude.ts";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { cli, folder, MODEL, parse, read } from "../../_support/cli.ts";

const PROMPT = ["--prompt", "{text}"];

/** An input, how it is read, and what is said of it. */
const REFUSED: [
  what: string,
  name: string,
  content: string | Uint8Array,
  flags: string[],
  reason: RegExp,
][] = [
  [
    "too few fields",
    "in.csv",
    'text,n\n"a\nb",1\nc\nd,2\n',
    PROMPT,
    /in\.csv, line 4 \(id 1\): has 1 field, the header has 2\. --skip-bad/,
  ],
  [
    "too many fields",
    "in.csv",
    "text,n\na,1,2\nb\n",
    PROMPT,
    /line 2 \(id 0\): has 3 fields, the header has 2, and 1 more row/,
  ],
  [
    "text behind a quote",
    "in.csv",
    'text,n\n"a" b,1\n',
    PROMPT,
    /line 2 \(id 0\): has text after a closing quote/,
  ],
  [
    "a quote without an end",
    "in.csv",
    'text,n\na,1\n"b,2\nc,3\n',
    [...PROMPT, "--skip-bad"],
    /line 3 opens a quote that is never closed/,
  ],
  [
    "bytes that are no UTF-8",
    "in.csv",
    Buffer.from("text,n\nü,1\nb\xe9,2\nd,3\n", "latin1"),
    PROMPT,
    /in\.csv, line 2 \(id 0\): isn't UTF-8, and 1 more row/,
  ],
  [
    "UTF-16",
    "in.csv",
    Buffer.from("\uFEFFtext\na\n", "utf16le"),
    PROMPT,
    /in\.csv is UTF-16: save it as UTF-8/,
  ],
  [
    "a workbook",
    "in.csv",
    "PK\x03\x04…",
    PROMPT,
    /in\.csv is a workbook or an archive: save it as CSV/,
  ],
  [
    "a compressed file",
    "in.csv",
    new Uint8Array([0x1f, 0x8b, 8, 0]),
    PROMPT,
    /in\.csv is compressed: unpack it, or pipe it in: gunzip/,
  ],
  [
    "a picture where a list of them belongs",
    "in.png",
    Buffer.from("\x89PNG\r\n", "latin1"),
    ["--prompt", "Describe it"],
    /in\.png is a picture: name the folder that it is in, or list pictures/,
  ],
  ["a PDF", "in.pdf", "%PDF-1.7", PROMPT, /in\.pdf is a PDF: convert it/],
  [
    "a picture without a question",
    "in.csv",
    "file\nhttps://example.com/a.png\n",
    ["--image", "file"],
    /Say what to ask about each picture, such as --prompt/,
  ],
  ["nothing", "in.csv", "", PROMPT, /in\.csv is empty.*name the columns/],
  ["a header only", "in.csv", "text\n", PROMPT, /in\.csv has no rows/],
  [
    "an unknown column",
    "in.csv",
    "text,n\na,1\n",
    ["--prompt", "{txt}"],
    /--prompt names "txt", but .*\. Did you mean "text"\? Its columns: "text", "n"/,
  ],
  [
    "an unknown column of JSON",
    "in.jsonl",
    '{"text":"a"}\n{"text":"b","n":1}\n',
    ["--prompt", "{text} {m}"],
    /--prompt names "m".* Its columns: "text", "n"/,
  ],
  [
    "a column that is there twice",
    "in.csv",
    "text,text\na,b\n",
    PROMPT,
    /has 2 columns with that name/,
  ],
  [
    "an id that is there twice",
    "in.csv",
    "text,n\na,1\nb,2\nc,1\n",
    [...PROMPT, "--id", "n"],
    /line 4: has the id "1", the same as row 1/,
  ],
  [
    "an id that is empty",
    "in.csv",
    "text,n\na,\n",
    [...PROMPT, "--id", "n"],
    /line 2: has no id in n/,
  ],
  [
    "an empty prompt",
    "in.csv",
    'text,n\n"",1\n',
    PROMPT,
    /line 2 \(id 0\): has an empty prompt/,
  ],
  [
    "a line that is no JSON",
    "in.jsonl",
    '{"text":"a"}\n{"text":\n',
    PROMPT,
    /in\.jsonl, line 2 \(id 1\): isn't JSON/,
  ],
  [
    "a record that is no object",
    "in.json",
    '[{"text":"a"}, "b"]',
    PROMPT,
    /in\.json, line 1 \(id 1\): isn't a JSON object/,
  ],
  [
    "an array that was cut off",
    "in.json",
    '[{"text":"a"},\n{"text":"b"',
    [...PROMPT, "--skip-bad"],
    /in\.json, line 2 isn't a valid element of a JSON array, or/,
  ],
  [
    "a picture that is missing",
    "in.csv",
    "text,file\na,no.png\n",
    [...PROMPT, "--image", "file"],
    /line 2 \(id 0\): names the picture .*no\.png, which doesn't exist/,
  ],
  [
    "a picture that is none",
    "in.csv",
    "text,file\na,in.csv\n",
    [...PROMPT, "--image", "file"],
    /line 2 .*in\.csv, which isn.t a PNG, JPEG, GIF or WEBP/,
  ],
  [
    "a picture that is too large",
    "in.csv",
    "text,file\na,large.gif\n",
    [...PROMPT, "--image", "file", "--max-bytes", "2000"],
    /line 2 .*makes a request of \d{4} bytes: .* takes 2000 \(--max-bytes\)/,
  ],
  [
    "a row that is too large",
    "in.csv",
    `text\n${"a".repeat(3_000)}\n`,
    [...PROMPT, "--max-bytes", "2000"],
    /line 2 .*makes a request of 3\d{3} bytes/,
  ],
  [
    "a schema that strict mode refuses",
    "in.csv",
    "text\na\n",
    [...PROMPT, "--schema", "schema.json"],
    /schema\.json: OpenAI's strict mode .*\$\.properties\.a is optional/,
  ],
  [
    "a system message where none fits",
    "in.csv",
    "text\na\n",
    [...PROMPT, "--system", "x", "--endpoint", "/v1/embeddings"],
    /--system needs an endpoint that takes messages/,
  ],
  [
    "rows without a prompt",
    "in.csv",
    "text\na\n",
    [],
    /in\.csv has rows: say what to ask about each, such as --prompt .*\{text\}.*columns: "text"/,
  ],
  [
    "a prompt for requests",
    "in.jsonl",
    '{"content":"a"}\n',
    [...PROMPT, "--input-format", "requests"],
    /--prompt is for rows, but .*in\.jsonl holds requests/,
  ],
];

for (const [what, name, content, flags, reason] of REFUSED) {
  test(`${what}: named, and nothing is sent`, options, async (t) => {
    const at = folder(t);
    const sim = createSimulator();
    writeFileSync(at(name), content);
    writeFileSync(at("large.gif"), `GIF89a${"x".repeat(3_000)}`);
    const schema = { type: "object", properties: { a: { type: "string" } } };
    writeFileSync(
      at("schema.json"),
      JSON.stringify({ ...schema, additionalProperties: false }),
    );
    const paths = flags.map((flag) =>
      flag === "schema.json" ? at("schema.json") : flag
    );
    const argv = ["run", at(name), ...paths, ...MODEL];
    argv.push("--output", at("out.csv"));
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 2, stderr);
    assert.match(stderr, reason);
    assert.equal(sim.ledger.calls.length, 0);
    assert.ok(!existsSync(at("out.csv")));
  });
}

test(
  "--skip-bad takes the rest, lists what it left out, and ids stay what they were",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: ({ text }) => text });
    const good = Buffer.from("text,n\na,1\nb\nc,3\n");
    writeFileSync(
      at("in.csv"),
      Buffer.concat([
        good,
        Buffer.from([0xff, 44, 52, 10]),
        Buffer.from("é,5\n"),
      ]),
    );
    const argv = ["run", at("in.csv"), ...PROMPT, ...MODEL, "--skip-bad"];
    argv.push("--ordered", "--output", at("out.jsonl"));
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /Left out 2 of 5 rows:\n.*id 1\).*1 field.*\n.*id 3\).*UTF-8/,
    );
    assert.deepEqual(
      read(at("out.jsonl")).map(({ n, output }) => [n, output]),
      [["1", "a"], ["3", "c"], ["5", "é"]],
    );
    const programs = await cli([...argv.slice(0, -3), "--json"], { sim });
    const said = parse(programs.stderr).find(({ type }) => type === "skipped");
    assert.equal(said.rows, 2);
  },
);

test(
  "an output of anything else is left alone, and nothing is sent",
  options,
  async (t) => {
    const at = folder(t);
    const sim = createSimulator({ respond: ({ text }) => `${text}!` });
    writeFileSync(at("in.csv"), "text,n\na,1\nb,2\n");
    writeFileSync(at("other.csv"), "text,n\na,1\nb,2\nc,3\n");
    const run = (input: string, ...more: string[]) =>
      cli(["run", at(input), ...PROMPT, ...MODEL, ...more], { sim });
    const output = ["--output", at("out.csv")];
    await run("in.csv", "--job", "j", ...output);
    const whole = readFileSync(at("out.csv"), "utf8");
    const ledger = readFileSync(at("out.csv.job"), "utf8");
    const calls = sim.ledger.calls.length;

    const refused: [() => Promise<{ code: number; stderr: string }>, RegExp][] =
      [
        [
          () => run("in.csv", "--job", "k", ...output),
          /out\.csv has results of the job j: continue it with --job j, or name/,
        ],
        [() => run("in.csv", ...output), /results of the job j/],
        [
          () => run("other.csv", "--job", "j", ...output),
          /an input of 2 rows, but this one has 3/,
        ],
        [
          () => run("in.csv", "--job", "j", ...output, "--fields", "a,b"),
          /with other columns or in another format/,
        ],
        [
          () => run("in.csv", "--job", "j", ...output, "--format", "jsonl"),
          /with other columns or in another format/,
        ],
      ];
    for (const [again, reason] of refused) {
      const { code, stderr } = await again();
      assert.equal(code, 2, stderr);
      assert.match(stderr, reason);
      assert.equal(readFileSync(at("out.csv"), "utf8"), whole);
      assert.equal(readFileSync(at("out.csv.job"), "utf8"), ledger);
    }
    /** What somebody may have made of it meanwhile. */
    const edited = [
      whole.replace("a!", "a, edited"),
      `${whole}c,3,mine,\r\n`,
      `x${whole}`,
      whole.replace("b,2,", '"b",2,'),
      whole.replace("a!", "a!?").replace("b!", "b"),
    ];
    for (const text of edited) {
      writeFileSync(at("out.csv"), text);
      const { code, stderr } = await run("in.csv", "--job", "j", ...output);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /out\.csv was changed since it was written/);
      assert.equal(readFileSync(at("out.csv"), "utf8"), text);
    }
    writeFileSync(at("note.csv"), "a note");
    const note = await run("in.csv", "--output", at("note.csv"));
    assert.equal(note.code, 2);
    assert.match(note.stderr, /note\.csv exists already.*note\.csv\.job/);
    assert.equal(readFileSync(at("note.csv"), "utf8"), "a note");
    assert.equal(sim.ledger.calls.length, calls);
  },
);

test(
  "a wrong input is named before a key is asked for, and so is a wrong option",
  options,
  async (t) => {
    const at = folder(t);
    writeFileSync(at("in.csv"), "text,n\na,1\n");
    const here = at("in.csv");
    const refused: [string[], RegExp][] = [
      [[at("no.csv"), ...PROMPT], /no\.csv doesn't exist: check its name/],
      [[at("*.png"), ...PROMPT], /For a folder of pictures, name the folder/],
      [[here, "--prompt", "{txt}"], /names "txt"/],
      [[here], /has rows: say what to ask/],
    ];
    for (const [asked, reason] of refused) {
      for (const words of ["try", "run", "submit", "direct", "retry j"]) {
        const argv = [...words.split(" "), ...asked, ...MODEL];
        const { code, stderr } = await cli(argv);
        assert.equal(code, 2, stderr);
        assert.match(stderr, reason);
        assert.doesNotMatch(stderr, /key/);
      }
    }
    for (const name of ["status", "watch"]) {
      const { stderr } = await cli([name, "j", "--open"]);
      assert.match(stderr, /--open chooses among all jobs/);
    }
    const { stderr } = await cli(["run", here, ...PROMPT, ...MODEL]);
    assert.match(stderr, /There is no key/);
  },
);
