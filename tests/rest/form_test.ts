/** What a form for an upload has. */

import { toForm } from "../../src/rest/_form.ts";
import { assert, options, test } from "../_support/prelude.ts";
import { caught, json, script } from "../_support/scripted.ts";

const once = { maxRetries: 0 };

test(
  "a file must be one, in words that say what to pass",
  options,
  async () => {
    const { client } = script(() => json({ id: "a" }), once);
    const file = "text" as unknown as File;
    const error = await caught(() =>
      client.files.create({ file, purpose: "batch" })
    );
    assert.equal(
      (error as Error).message,
      "The file must be a Blob or a File, such as new File([text], name)",
    );
  },
);

test(
  "a form has its fields in brackets, and its file last",
  options,
  async () => {
    const file = new File(["{}"], 'a"\r\n.jsonl');
    const form = await toForm({
      purpose: "batch",
      none: undefined,
      expires_after: { anchor: "created_at", seconds: 7 },
      tags: ["a", "b"],
      file,
    });
    const boundary =
      /^multipart\/form-data; boundary=(form-.*)$/.exec(form.type)![1];
    const field = (name: string, value: string, more = "") =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
    assert.equal(
      await form.text(),
      field("purpose", "batch") + field("expires_after[anchor]", "created_at") +
        field("expires_after[seconds]", "7") + field("tags[]", "a") +
        field("tags[]", "b") +
        field(
          "file",
          "{}",
          '; filename="a%22%0D%0A.jsonl"\r\ncontent-type: application/octet-stream',
        ) +
        `--${boundary}--\r\n`,
    );
    const blob = await (await toForm({
      file: new Blob(["x"], { type: "application/json" }),
    }))
      .text();
    assert.match(
      blob,
      /filename="batch.jsonl"\r\ncontent-type: application\/json/,
    );
  },
);

test("a form has no null", options, async () => {
  await assert.rejects(toForm({ "a b": null }), {
    name: "TypeError",
    message: 'The form field "a b" is null: leave it out',
  });
});
