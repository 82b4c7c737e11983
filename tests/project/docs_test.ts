/**
 * What README and docs promise about themselves. Their examples run under
 * `deno test --doc`, their links are checked by `task links`.
 *
 * @module
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { assert, options, test } from "../_support/prelude.ts";

const root = new URL("../../", import.meta.url);

async function read(path: string): Promise<string> {
  return await readFile(new URL(path, root), "utf8");
}

async function pages(): Promise<string[]> {
  const names = await readdir(new URL("docs/", root));
  return names.filter((name) => name.endsWith(".md"));
}

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}

test("the README has at most 220 lines", options, async () => {
  assert.ok(linesOf(await read("README.md")) <= 220);
});

test("each page of docs/ has at most 200 lines", options, async () => {
  const long: string[] = [];
  for (const name of await pages()) {
    if (linesOf(await read(`docs/${name}`)) > 200) long.push(name);
  }
  assert.deepEqual(long, []);
});

test("the index of docs/ has a line for each page", options, async () => {
  const index = await read("docs/README.md");
  const names = await pages();
  const missing = names.filter((name) =>
    name !== "README.md" && !index.includes(`](${name}):`)
  );
  assert.ok(names.length > 15);
  assert.deepEqual(missing, []);
});

/** The names of an interface's properties, with those of the interfaces it extends. */
async function optionsOf(name: string): Promise<string[]> {
  const found = new Map<string, ts.InterfaceDeclaration>();
  for (
    const path of [
      "src/client_options.ts",
      "src/job/options.ts",
      "src/requests/request.ts",
      "src/results/answer_options.ts",
      "src/progress/watch.ts",
    ]
  ) {
    const source = ts.createSourceFile(path, await read(path), 99, true);
    source.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node)) found.set(node.name.text, node);
    });
  }
  const namesOf = (name: string): string[] => {
    const node = found.get(name);
    if (!node) return [];
    const own = node.members.map(({ name }) => name?.getText() ?? "");
    const bases = node.heritageClauses?.flatMap(({ types }) => [...types]);
    const others = bases?.flatMap(({ expression }) =>
      namesOf(expression.getText())
    );
    return [...own, ...(others ?? [])];
  };
  return namesOf(name);
}

for (const name of ["ClientOptions", "JobOptions"]) {
  test(`docs/options.md and the hints know all ${name}`, options, async () => {
    const page = await read("docs/options.md");
    const hints = await read("src/option_hint.ts");
    const all = await optionsOf(name);
    assert.ok(all.length >= 10, `${all}`);
    assert.deepEqual(all.filter((name) => !page.includes(`\`${name}\``)), []);
    assert.deepEqual(
      all.filter((name) => !new RegExp(`[(|]${name}[|)]`).test(hints)),
      [],
    );
  });
}

test(
  "the README's first example prints what is below it",
  options,
  async (t) => {
    const readme = await read("README.md");
    const [, code = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    const [, printed = ""] = /```text\n(.*?)```/s.exec(readme) ?? [];
    const folder = await mkdtemp(join(tmpdir(), "readme-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "example.ts");
    const local = code
      .replace(`"@offpeak/openai-batch"`, `"${new URL("mod.ts", root)}"`)
      .replace(
        `"@offpeak/openai-batch/testing"`,
        `"${new URL("src/testing/mod.ts", root)}"`,
      );
    await writeFile(file, local);

    const log = t.mock.method(console, "log", () => {});
    await import(`${pathToFileURL(file)}`);
    const lines = log.mock.calls.map((call) => call.arguments.join(" "));
    assert.equal(`${lines.join("\n")}\n`, printed);
  },
);
