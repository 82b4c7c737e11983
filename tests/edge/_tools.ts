/**
 * What the tests of the edge runtimes share: the runtimes, which are installed
 * in this folder, and code made into what they take.
 *
 * @module
 */

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { npx, root } from "../_support/package.ts";

/** Takes modules from this folder's `node_modules`, which only these tests have. */
export const require: NodeJS.Require = createRequire(import.meta.url);

/**
 * Bundles a file of this repository as it would be deployed.
 *
 * @param path From the root.
 * @param flags More of esbuild's.
 * @returns The script.
 */
export async function bundle(
  path: string,
  ...flags: string[]
): Promise<string> {
  const { stdout } = await npx(
    root,
    "esbuild@0.28.2",
    path,
    "--bundle",
    "--format=esm",
    "--platform=neutral",
    "--target=es2023",
    "--external:cloudflare:*",
    "--log-level=error",
    ...flags,
  );
  return stdout;
}

/**
 * @param name A file of this folder.
 * @returns Its path from the root.
 */
export function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url)).slice(root.length);
}
