/**
 * What is published: the source for JSR, and a tarball for npm that is
 * installed into empty projects. The commands are the same whichever runtime
 * starts them, so that one does.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { after } from "node:test";
import { assert, test } from "../_support/prelude.ts";
import deno from "../../deno.json" with { type: "json" };
import { pack } from "../../tools/pack.ts";
import { makeFolder, npx, PROGRAM, root } from "../_support/package.ts";

const options = { skip: !("Deno" in globalThis), timeout: 120_000 };
const run = promisify(execFile);
const sources = Object.values(deno.exports);
const specifiers = Object.keys(deno.exports).map((subPath) =>
  deno.name + subPath.slice(1)
);

const RUNTIMES = {
  "Node 20": ["node@20"],
  "Node 24": ["node@24"],
  Bun: ["bun@1"],
  Deno: ["deno@2", "run", "--allow-env", "--allow-read"],
};

/** Sets a trap at everything that reaches out of a module, and imports one. */
const WATCHED_IMPORT = `
const touched = [];
const trap = (owner, ...names) => {
  for (const name of names) owner[name] = () => touched.push(name);
};
trap(globalThis, "fetch", "setTimeout", "setInterval", "setImmediate");
trap(console, ...Object.keys(console));
trap(crypto, "randomUUID", "getRandomValues");
trap(process, "on", "once");
trap(Math, "random");
trap(Date, "now");
if (globalThis.Deno) trap(Deno.env, "get", "toObject");
const print = process.stdout.write.bind(process.stdout);
// Node and Bun look at these themselves.
const isTheirs = (name) => /^(NODE|WATCH|FORCE)_/.test(name);
process.env = new Proxy({}, {
  get(_, name) {
    if (!isTheirs(name)) touched.push(name);
  },
});
const globals = Object.getOwnPropertyDescriptors(globalThis);
await import(process.argv[2]);
const now = Object.getOwnPropertyDescriptors(globalThis);
for (const name of Object.keys({ ...globals, ...now })) {
  const wasLazy = globals[name]?.get;
  if (!wasLazy && !Object.is(globals[name]?.value, now[name]?.value)) {
    touched.push(name);
  }
}
print(JSON.stringify(touched));
`;

let installed: Promise<string> | undefined;

/** A project without anything but the package, the same for all tests. */
function install(): Promise<string> {
  return installed ??= (async () => {
    const folder = await makeFolder({
      "package.json": '{ "type": "module" }',
      "program.js": PROGRAM,
      "program.ts": PROGRAM,
      "watched_import.js": WATCHED_IMPORT,
    });
    const flags = ["--no-audit", "--no-fund"];
    const tarball = await pack(join(folder, "packed"));
    await run("npm", ["install", ...flags, tarball], { cwd: folder });
    return folder;
  })();
}

after(async () => {
  if (installed) await rm(await installed, { recursive: true });
});

// deno-lint-ignore no-explicit-any
async function readManifest(): Promise<any> {
  const folder = join(await install(), "node_modules", deno.name);
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort();
}

test(
  "JSR gets the source and what describes it, without slow types",
  options,
  async () => {
    const command = ["deno@2", "publish", "--dry-run", "--allow-dirty"];
    const { stderr } = await npx(root, ...command);
    const url = pathToFileURL(root).href;
    const sent = [...stderr.matchAll(/file:\S+/g)].map(([path]) =>
      path.slice(url.length)
    );
    const texts = ["CHANGELOG.md", "LICENSE", "README.md", "deno.json"];
    const rooms = new Set(sources.map((source) => source.split("/")[1]!));
    const expected = [...texts];
    for (const room of rooms) {
      if (room.endsWith(".ts")) expected.push(room);
      else {
        const files = await filesOf(join(root, room));
        expected.push(...files.map((file) => `${room}/${file}`));
      }
    }
    assert.deepEqual(sent.sort(), expected.sort());
  },
);

test(
  "dev dependencies have exact versions, the same for every runtime",
  options,
  async () => {
    const text = await readFile(join(root, "package.json"), "utf8");
    const { devDependencies } = JSON.parse(text);
    for (const [name, version] of Object.entries<string>(devDependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
    for (const [name, specifier] of Object.entries<string>(deno.imports)) {
      assert.equal(specifier, `npm:${name}@${devDependencies[name]}`);
    }
  },
);

test("every public symbol is documented", options, async () => {
  await npx(root, "deno@2", "doc", "--lint", ...sources);
});

test(
  "the package for npm has code and types for every entry point, and nothing of the machine",
  options,
  async () => {
    const folder = join(await install(), "node_modules", deno.name);
    const manifest = await readManifest();
    assert.deepEqual(Object.keys(manifest.exports), Object.keys(deno.exports));
    assert.equal(manifest.version, deno.version);
    assert.equal("dependencies" in manifest, false);
    const files = await filesOf(folder);
    for (
      const { types, default: code } of Object.values<Record<string, string>>(
        manifest.exports,
      )
    ) {
      assert.ok(files.includes(types!.slice(2)), types);
      assert.ok(files.includes(code!.slice(2)), code);
    }
    for (const file of files) {
      assert.match(file, /\.(js|d\.ts|md|json)$|^LICENSE$/);
      const text = await readFile(join(folder, file), "utf8");
      assert.equal(text.includes(root), false, file);
      assert.doesNotMatch(
        text,
        /file:\/\/|sourceMappingURL|\/home\/|\/tmp\//,
        file,
      );
    }
  },
);

test("the commands are installed with the package", options, async () => {
  const folder = await install();
  const { bin = {} } = await readManifest();
  for (const command of Object.keys(bin)) {
    const path = join(folder, "node_modules", ".bin", command);
    const { stdout } = await run(path, ["--help"], { cwd: folder });
    assert.match(stdout, /^Usage/m);
  }
});

for (const [name, command] of Object.entries(RUNTIMES)) {
  test(`the package runs on ${name}`, options, async () => {
    const { stdout } = await npx(await install(), ...command, "program.js");
    assert.equal(stdout, "A,B\n");
  });

  test(`importing has no side effects on ${name}`, options, async () => {
    for (const specifier of specifiers) {
      const script = [...command, "watched_import.js", specifier];
      const { stdout } = await npx(await install(), ...script);
      assert.deepEqual(JSON.parse(stdout), [], specifier);
    }
  });
}

const RESOLUTIONS = { nodenext: "nodenext", bundler: "esnext" };

for (const version of ["5.9.3", "6.0.3"]) {
  for (const [resolution, module] of Object.entries(RESOLUTIONS)) {
    test(
      `TypeScript ${version} finds the types as ${resolution}`,
      options,
      async () => {
        const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes"];
        const how = ["--module", module, "--moduleResolution", resolution];
        const lib = ["--target", "es2023", "--lib", "es2023,dom,dom.iterable"];
        const command = ["-p", `typescript@${version}`, "tsc", "program.ts"];
        await npx(await install(), ...command, ...flags, ...how, ...lib);
      },
    );
  }
}
