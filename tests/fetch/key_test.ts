import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { assert, test } from "../_support/prelude.ts";
import { digestOf } from "../../src/fetch/_digest.ts";

test("the digest of a call's key is that of the platform, whatever its length", () => {
  const lengths = [...Array(300).keys(), 21_800, 22_000, 100_000];
  for (const length of [...lengths, ...lengths.reverse()]) {
    const text = "aé😀".repeat(length).slice(0, length);
    const expected = createHash("sha256").update(text).digest("hex");
    assert.equal(
      digestOf(text),
      expected.slice(0, 32),
      `of ${length} characters`,
    );
  }
});

test("a fetch is built on what everybody can import", async () => {
  const root = new URL("../../", import.meta.url);
  const read = (path: string) => readFile(new URL(path, root), "utf8");
  const publicNames = await read("mod.ts");
  for (const file of await readdir(new URL("src/fetch/", root))) {
    const source = await read(`src/fetch/${file}`);
    const imports = source.matchAll(
      /^import (?:type )?\{([^}]*)\} from "\.\.\/(.*)"/gm,
    );
    for (const [, names = "", path] of imports) {
      // Options are checked, and signals watched, in the same way everywhere.
      if (/^(check_options|as_code|option_hint|on_abort)\.ts$/.test(path!)) {
        continue;
      }
      for (const name of names.split(",").map((name) => name.trim())) {
        if (name === "") continue;
        const exported = new RegExp(`\\b${name.replace(/^type /, "")}\\b`);
        const all = `export type * from "./src/${path}"`;
        assert.ok(
          exported.test(publicNames) || publicNames.includes(all),
          `${file}: ${name}`,
        );
      }
    }
  }
});
