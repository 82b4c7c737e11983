import { chunk } from "@offpeak/openai-batch";
import { assert, test } from "../_support/prelude.ts";

const params = { model: "gpt-4o-mini" };

test("ids are told apart, however many there are", async () => {
  // Of so many, about ten have the same 32 bits of a hash.
  const requests = Array.from({ length: 300_000 }, () => ({
    id: crypto.randomUUID(),
    content: "1 + 1 =",
  }));
  for await (const { lines } of chunk(requests, { params, batchSize: 2 })) {
    const ids = lines.map(({ custom_id }) => custom_id);
    assert.deepEqual(ids, requests.slice(0, 2).map(({ id }) => id));
    break;
  }
});

test("the last of many ids may not be the first again", async () => {
  const requests = Array.from({ length: 5_000 }, (_, i) => ({
    id: `request-${i % 4_999}`,
    content: "1 + 1 =",
  }));
  await assert.rejects(chunk(requests, { params }).next(), {
    message: /^Request 4999 has the id "request-0", the same as request 0:/,
  });
});
