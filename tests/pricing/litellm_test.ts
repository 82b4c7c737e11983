/** The price table against a copy of LiteLLM's, by the tool that compares them. */

import { readFileSync } from "node:fs";
import { assert, options, test } from "../_support/prelude.ts";
import {
  compare,
  MEANT,
  type Models,
  modelsOf,
  whyMeant,
} from "../../tools/_compare_prices.ts";

const copy = JSON.parse(
  readFileSync(new URL("../prices/litellm.json", import.meta.url), "utf8"),
);

/** The differences that nobody means, as text. */
function differences(models: Models): string[] {
  return compare(models).filter((difference) => !whyMeant(difference)).map(
    ({ model, price, file, table }) =>
      price ? `${model} ${price}: ${file}, here ${table}` : model,
  );
}

test(
  "the table charges what the copy says, for every model of both",
  options,
  () => {
    const models = modelsOf(copy);
    assert.equal(Object.keys(models).length, 150);
    assert.deepEqual(differences(models), []);
  },
);

test("every difference that is meant exists", options, () => {
  const found = compare(modelsOf(copy)).map(whyMeant);
  for (const { why } of MEANT) assert.ok(found.includes(why), why);
});

test(
  "a figure that differs, a lane and a model that are missing are found",
  options,
  () => {
    const changed: [string, string, number, string][] = [
      ["gpt-5.4", "cache_read_input_token_cost_batches", 0.125, "here 0.13"],
      ["gpt-5.4", "output_cost_per_token_priority", 31, "here 30"],
      ["gpt-6-sol", "cache_creation_input_token_cost_above_12hr", 4, "here 5"],
      ["gpt-image-1.5", "output_cost_per_image_token_batches", 8, "here 16"],
      ["gpt-audio", "input_cost_per_audio_token", 33, "here 32"],
      [
        "gpt-5.5",
        "output_cost_per_token_above_272k_tokens_flex",
        9,
        "here 22.5",
      ],
      ["gpt-4o", "input_cost_per_token_flex", 1.25, "here undefined"],
    ];
    for (const [model, price, figure, said] of changed) {
      const expected = [`${model} ${price}: ${figure}, ${said}`];
      assert.deepEqual(differences({ [model]: { [price]: figure } }), expected);
    }
    assert.deepEqual(differences({ "gpt-7": {} }), ["gpt-7"]);
  },
);

test(
  "LiteLLM's own file can be given: prices of one token, of all providers",
  options,
  () => {
    const row = {
      litellm_provider: "openai",
      mode: "chat",
      max_tokens: 100,
      input_cost_per_token: 1.5e-7,
      output_cost_per_token: 7e-7,
    };
    const models = modelsOf({
      "gpt-4o-mini": row,
      "azure/gpt-4o": { ...row, litellm_provider: "azure" },
      "tts-1": { ...row, mode: "audio_speech" },
    });
    assert.deepEqual(Object.keys(models), ["gpt-4o-mini"]);
    assert.deepEqual(differences(models), [
      "gpt-4o-mini output_cost_per_token: 0.7, here 0.6",
    ]);
  },
);
