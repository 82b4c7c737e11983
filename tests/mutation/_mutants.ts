/**
 * A copy of the repository that has all of StrykerJS's mutants in it, each
 * behind a switch.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** The repository's root. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** A change of one place. */
export interface Mutant {
  /** Switches it on. */
  id: string;
  /** From the root. */
  file: string;
  /** StrykerJS's name for the kind of change. */
  mutator: string;
  /** Counted from 1. */
  line: number;
  /** Counted from 1. */
  column: number;
  /** The code as it is. */
  original: string;
  /** The code that takes its place. */
  replacement: string;
}

/** What StrykerJS says of a mutant; lines count from 0. */
interface Placed {
  id: string;
  fileName: string;
  mutatorName: string;
  replacement: string;
  location: { start: Position; end: Position };
}

interface Position {
  line: number;
  column: number;
}

/** The part of StrykerJS that puts mutants into files. It has types of its own. */
interface Stryker {
  Instrumenter: new (logger: object) => {
    instrument(files: object[], options: object): Promise<{
      files: { name: string; content: string }[];
      mutants: Placed[];
    }>;
  };
}

/** Where the mutants are, and which. */
export interface Copy {
  /** The copy's root. */
  path: string;
  mutants: Mutant[];
}

/**
 * @param paths What to break: files, and folders with a slash behind them.
 * @returns The copy with its mutants.
 */
export async function createCopy(paths: readonly string[]): Promise<Copy> {
  const path = await mkdtemp(join(tmpdir(), "mutants-"));
  const names = await listFiles();
  for (const name of names) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await cp(join(root, name), join(path, name));
  }
  await symlink(join(root, "node_modules"), join(path, "node_modules"));
  const isMutated = (name: string) =>
    paths.some((path) => name.startsWith(path));
  const mutants = await instrument(path, names.filter(isMutated));
  return { path, mutants };
}

/** The files that are there, known to git or not yet. */
async function listFiles(): Promise<string[]> {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await promisify(execFile)("git", list, { cwd: root });
  const gone = ["ls-files", "-z", "--deleted"];
  const { stdout: deleted } = await promisify(execFile)("git", gone, {
    cwd: root,
  });
  const absent = new Set(deleted.split("\0"));
  return stdout.split("\0").filter((name) => name !== "" && !absent.has(name));
}

async function instrument(path: string, names: string[]): Promise<Mutant[]> {
  const { resolve } = createRequire(import.meta.url);
  const url = pathToFileURL(resolve("@stryker-mutator/instrumenter")).href;
  const { Instrumenter } = await import(url) as Stryker;
  const quiet = () => {};
  const isOff = () => false;
  const logger = { info: quiet, debug: quiet, isDebugEnabled: isOff };
  const texts = new Map<string, string>();
  const files = await Promise.all(names.map(async (name) => {
    const text = await readFile(join(root, name), "utf8");
    texts.set(name, text);
    // Without types, which leave blanks, StrykerJS also looks behind an `as`.
    const content = stripTypeScriptTypes(text);
    return { name: name.replace(/\.ts$/, ".js"), mutate: true, content };
  }));
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const done = await new Instrumenter(logger).instrument(files, options);
  for (const { name, content } of done.files) {
    await writeFile(join(path, name.replace(/\.js$/, ".ts")), lighten(content));
  }
  return done.mutants.map((placed) => describe(placed, texts));
}

/** Counts what is reached only where that is wanted: it takes most of the time. */
function lighten(content: string): string {
  const light = content.replace(
    /(stryCov_\w+) = cover;/,
    "$1 = ns.isCounting ? cover : function () {};",
  );
  if (light === content && /stryCov_/.test(content)) {
    throw new Error("StrykerJS counts in another way than it did");
  }
  return light;
}

function describe(placed: Placed, texts: Map<string, string>): Mutant {
  const { id, mutatorName, replacement, location } = placed;
  const file = placed.fileName.replace(/\.js$/, ".ts");
  const lines = texts.get(file)!.split("\n");
  const { start, end } = location;
  const cut = lines.slice(start.line, end.line + 1);
  cut[cut.length - 1] = cut.at(-1)!.slice(0, end.column);
  cut[0] = cut[0]!.slice(start.column);
  return {
    id,
    file,
    mutator: mutatorName,
    line: start.line + 1,
    column: start.column + 1,
    original: cut.join("\n"),
    replacement,
  };
}
