/** A folder of pictures is an input. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../../_support/prelude.ts";
import { cli, folder, MODEL } from "../../_support/cli.ts";

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==";
const PROMPT = ["--prompt", "Write a caption.", ...MODEL];

test(
  "a folder makes a row of each picture in it, sent along under its name",
  options,
  async (t) => {
    const at = folder(t);
    mkdirSync(at("pics"));
    mkdirSync(at("pics/old.png"));
    for (const name of ['b, "1".PNG', "a.png", ".hidden.png"]) {
      writeFileSync(at(`pics/${name}`), PNG, "base64");
    }
    writeFileSync(at("pics/notes.txt"), "not a picture");
    const urls: string[] = [];
    const sim = createSimulator({
      respond: ({ body }) => {
        urls.push(body.messages[0].content[1].image_url.url);
        return "A dot";
      },
    });
    const output = ["--output", at("out.csv"), "--ordered"];
    const argv = ["run", at("pics"), ...PROMPT, ...output];
    const { code, stderr } = await cli(argv, { sim });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Left out notes\.txt in .*pics: only PNG, JPEG/m);
    assert.equal(
      readFileSync(at("out.csv"), "utf8"),
      'file,output,error\r\na.png,A dot,\r\n"b, ""1"".PNG",A dot,\r\n',
    );
    assert.deepEqual(urls, Array(2).fill(`data:image/png;base64,${PNG}`));
  },
);

test(
  "try shows how to run the folder, with a file for the answers beside it",
  options,
  async (t) => {
    const at = folder(t);
    mkdirSync(at("pics"));
    writeFileSync(at("pics/a.png"), PNG, "base64");
    const argv = ["try", `${at("pics")}/`, ...PROMPT];
    const { code, stdout } = await cli(argv, { sim: createSimulator() });
    assert.equal(code, 0);
    assert.match(stdout, /^0 +a\.png +Answer/m);
    assert.ok(stdout.includes(`--output ${at("pics-answers.csv")}`), stdout);
  },
);

test(
  "a folder without pictures, or read as a file, is refused",
  options,
  async (t) => {
    const at = folder(t);
    mkdirSync(at("none"));
    writeFileSync(at("none/a.heic"), "");
    mkdirSync(at("pics"));
    writeFileSync(at("pics/a.png"), "not a picture");
    const refused: [string[], RegExp][] = [
      [[at("none")], /none is a folder without PNG, JPEG, GIF or WEBP files/],
      [[at("pics")], /line 2 .*a\.png, which isn't a PNG, JPEG, GIF or WEBP/],
      [[at("pics"), "--input-format=text"], /--input-format is for files/],
      [[at("pics"), "--delimiter=;"], /--delimiter is for files/],
      [[at("pics"), "--image=path"], /--image names "path", .*: "file"/],
    ];
    for (const [argv, reason] of refused) {
      const sim = createSimulator();
      const { code, stderr } = await cli(["run", ...argv, ...PROMPT], { sim });
      assert.equal(code, 2, stderr);
      assert.match(stderr, reason);
      assert.deepEqual(sim.ledger.calls, []);
    }
  },
);
