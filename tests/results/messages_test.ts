/** Responses without any output, by how they ended. */

import { assert, options, test } from "../_support/prelude.ts";
import { resultOf } from "./_results.ts";

const ENDED: [status: string, ok: boolean][] = [
  ["completed", true],
  ["COMPLETED", true],
  ["incomplete", true],
  ["odd", false],
];

for (const [status, ok] of ENDED) {
  test(
    `a response without output that is ${status} is ${ok ? "" : "not "}empty`,
    options,
    async () => {
      const body = { id: "resp_1", object: "response", status, output: [] };
      const result = await resultOf(body, { endpoint: "/v1/responses" });
      assert.equal(result.ok, ok, JSON.stringify(result.error));
      if (result.ok) assert.equal(result.output, "");
    },
  );
}
