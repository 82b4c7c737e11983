/** JSONL there and back: any values, cut anywhere. */

import { encodeLines, parseLines } from "@offpeak/openai-batch";
import fc from "fast-check";
import { assert, options, test } from "../_support/prelude.ts";
import { cutAt, encode, iterate, read } from "./_bytes.ts";

/** Any JSON value, its texts made of any characters. */
const json = fc.jsonValue({ stringUnit: "binary", maxDepth: 3 });

test(
  "what encodeLines writes parseLines reads, wherever the bytes are cut",
  options,
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(json, { maxLength: 8 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        async (values, borders) => {
          const bytes = await new Response(encodeLines(values)).bytes();
          const chunks = iterate(cutAt(bytes, borders));
          assert.equal(
            JSON.stringify(await read(chunks)),
            JSON.stringify(values),
          );
        },
      ),
      { numRuns: 200 },
    );
  },
);

test(
  "lines are the same whatever is between them, wherever the bytes are cut",
  options,
  async () => {
    const gap = fc.constantFrom("\n", "\r\n", "\n\n", " \n", "\t\r\n\n");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(json, gap), { maxLength: 6 }),
        fc.array(fc.nat(300), { maxLength: 12 }),
        fc.boolean(),
        async (lines, borders, hasEnd) => {
          const values = lines.map(([value]) => value);
          const text = lines.map(([value, end]) => JSON.stringify(value) + end)
            .join("");
          const bytes = encode(hasEnd ? text : text.trimEnd());
          const chunks = iterate(cutAt(bytes, borders));
          assert.equal(
            JSON.stringify(await read(chunks)),
            JSON.stringify(values),
          );
        },
      ),
      { numRuns: 200 },
    );
  },
);

test(
  "what is written, read and written again is the same, byte for byte",
  options,
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(json, { maxLength: 8 }), async (values) => {
        const once = await new Response(encodeLines(values)).text();
        const lines = parseLines(new Response(once));
        assert.equal(await new Response(encodeLines(lines)).text(), once);
      }),
      { numRuns: 100 },
    );
  },
);
