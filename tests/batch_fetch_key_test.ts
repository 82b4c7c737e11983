import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { sha256 } from "../src/fetch/_sha256.ts";

test("the digest of a call's key is that of the platform, whatever its length", () => {
  for (let length = 0; length < 300; length++) {
    const text = "aé😀".repeat(length).slice(0, length);
    const expected = createHash("sha256").update(text).digest("hex");
    assert.equal(sha256(text), expected, `of ${length} characters`);
  }
});
