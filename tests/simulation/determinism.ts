/**
 * Takes away what differs from run to run.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { VirtualClock } from "../../src/testing/mod.ts";
import { Random } from "./random.ts";

/**
 * Runs something with chance that a seed decides, with digests that take no
 * time, and with a clock that waits for blobs: on some runtimes both are the
 * work of another thread.
 */
export async function withSeed<T>(
  seed: number,
  clock: VirtualClock,
  work: () => Promise<T>,
): Promise<T> {
  const chance = Math.random;
  const random = new Random(seed + 2e9);
  const { subtle } = globalThis.crypto;
  const { arrayBuffer } = Blob.prototype;
  Math.random = () => random.next();
  Object.defineProperty(subtle, "digest", {
    configurable: true,
    value: (_name: string, data: ArrayBuffer | Uint8Array) =>
      Promise.resolve(sha256(data)),
  });
  Blob.prototype.arrayBuffer = function () {
    return clock.hold(arrayBuffer.call(this));
  };
  try {
    return await work();
  } finally {
    Math.random = chance;
    delete (subtle as { digest?: unknown }).digest;
    Blob.prototype.arrayBuffer = arrayBuffer;
  }
}

function sha256(data: ArrayBuffer | Uint8Array): ArrayBuffer {
  const digest = createHash("sha256").update(new Uint8Array(data)).digest();
  return new Uint8Array(digest).buffer;
}
