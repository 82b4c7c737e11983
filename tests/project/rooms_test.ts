/**
 * The rooms of the source: which of them may import which.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { assert, options, test } from "../_support/prelude.ts";

const root = fileURLToPath(new URL("../../src", import.meta.url));

/** What each file of `src/` imports, types included, as paths from there. */
const imports: Map<string, string[]> = await readImports();

async function readImports(): Promise<Map<string, string[]>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const read = async (file: string): Promise<[string, string[]]> => {
    const { importedFiles } = ts.preProcessFile(await readFile(file, "utf8"));
    const folder = dirname(file);
    const found = importedFiles.map(({ fileName }) =>
      fileName.startsWith(".")
        ? relative(root, normalize(join(folder, fileName)))
        : fileName
    );
    return [relative(root, file), found];
  };
  return new Map(await Promise.all(files.map(read)));
}

/** A chain of imports that leads back to its beginning. */
function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Imports that lead from some files to others. */
function importsBetween(
  from: (file: string) => boolean,
  to: (file: string) => boolean,
): string[] {
  return [...imports].filter(([file]) => from(file)).flatMap(([file, found]) =>
    found.filter(to).map((target) => `${file} imports ${target}`)
  );
}

test("no chain of imports leads back to its beginning", options, () => {
  assert.deepEqual(findCycle(), undefined);
});

test("the source imports nothing from outside of it", options, () => {
  const isOutside = (target: string) => !imports.has(target);
  assert.deepEqual(importsBetween(() => true, isOutside), []);
});

test(
  "errors and the process's own view import only types of the platform and the wire",
  options,
  () => {
    const isBelow = (target: string) => !target.startsWith("types/");
    for (const name of ["errors.ts", "environment.ts"]) {
      assert.deepEqual(importsBetween((file) => file === name, isBelow), []);
    }
  },
);

const CONTRIBUTING = join(root, "..", "CONTRIBUTING.md");
const ROW = /^\| `([a-z/]+(?:\.ts)?)` +\|([^|\n]*)\|([^|\n]*)\|$/gm;

/** The room of a file: its folder, within `job/` also the one below. Undefined for the files and types that all rooms share. */
function roomOf(file: string): string | undefined {
  if (file === "client.ts") return file;
  const [room, inner, deeper] = file.split("/");
  if (inner === undefined || room === "types") return undefined;
  return room === "job" && deeper !== undefined ? `job/${inner}/` : `${room}/`;
}

/** What a room imports, as CONTRIBUTING shows it. */
function importsOf(room: string): string {
  const found = [...imports].filter(([file]) => roomOf(file) === room)
    .flatMap(([, targets]) => targets.map(roomOf));
  return [...new Set(found)].filter((other) => other && other !== room)
    .toSorted().map((other) => `\`${other}\``).join(", ");
}

test("CONTRIBUTING shows each room and what it imports", options, async () => {
  const text = await readFile(CONTRIBUTING, "utf8");
  if (process.env.UPDATE) {
    const updated = text.replace(
      ROW,
      (row, room, what) =>
        imports.has(room) || room.endsWith("/")
          ? `| \`${room}\` |${what}| ${importsOf(room)} |`
          : row,
    );
    await writeFile(CONTRIBUTING, updated);
    return;
  }
  const shown = [...text.matchAll(ROW)].map(([, room, , found]) =>
    [room!, found!.trim()] as const
  );
  const rooms = new Set([...imports.keys()].map(roomOf));
  rooms.delete(undefined);
  assert.deepEqual(shown.map(([room]) => room).toSorted(), [...rooms].sort());
  for (const [room, found] of shown) {
    assert.equal(found, importsOf(room), `${room}: UPDATE=1 rewrites it`);
  }
});

test("every path that CONTRIBUTING names exists", options, async () => {
  const text = await readFile(CONTRIBUTING, "utf8");
  const [, picture = ""] = text.split("```");
  const inPicture = picture.matchAll(/(?:\s|^)((?:[a-z_]+\/)*[a-z_]+\.ts)/g);
  const inTables = text.matchAll(/`((?:src|cli|tests|docs|tools)\/[\w/.-]*)`/g);
  const paths = [
    ...[...inPicture].map(([, found]) => join(root, found!)),
    ...[...inTables].map(([, found]) => join(root, "..", found!)),
  ];
  assert.ok(paths.length > 25, `${paths.length}`);
  const gone = paths.filter((path) => !existsSync(path));
  assert.deepEqual(gone, []);
});

const ROOMS = ["state", "look", "read", "send"];

for (const [i, room] of ROOMS.entries()) {
  test(
    `of the engine's rooms, ${room} imports only those before it`,
    options,
    () => {
      const isLater = (target: string) =>
        ROOMS.slice(i + 1).some((later) => target.startsWith(`job/${later}/`));
      const isInside = (file: string) => file.startsWith(`job/${room}/`);
      assert.deepEqual(importsBetween(isInside, isLater), []);
    },
  );
}

/** A room, and what must not be imported from it. */
const ABOVE: [room: string, above: string[]][] = [
  ["types/", ["jsonl/", "requests/", "rest/", "results/", "job/", "pricing/"]],
  ["jsonl/", ["requests/", "rest/", "results/", "job/", "direct/"]],
  ["rest/", ["requests/", "results/", "job/", "direct/"]],
  ["requests/", ["rest/", "job/", "direct/"]],
  ["results/", ["rest/", "job/", "direct/"]],
  ["pricing/", ["rest/", "requests/", "results/", "job/", "direct/"]],
  ["direct/", ["job/", "fetch/", "report/", "doctor/"]],
  ["job/", ["fetch/", "report/", "doctor/", "testing/"]],
];

for (const [room, above] of ABOVE) {
  test(`${room} imports nothing from ${above.join(", ")}`, options, () => {
    const isAbove = (target: string) =>
      above.some((other) => target.startsWith(other));
    const isInside = (file: string) => file.startsWith(room);
    assert.deepEqual(importsBetween(isInside, isAbove), []);
  });
}
