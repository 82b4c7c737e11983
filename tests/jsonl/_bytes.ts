/** Bytes, cut and handed out in any way. */

import { type Bytes, parseLines } from "@offpeak/openai-batch";

export type Chunk = Uint8Array<ArrayBuffer>;

export function encode(text: string): Chunk {
  return new TextEncoder().encode(text);
}

/** Cuts bytes at the given places, in any order, even twice at one. */
export function cutAt(bytes: Chunk, borders: readonly number[]): Chunk[] {
  const cuts = borders.map((border) => Math.min(border, bytes.length));
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

export async function* iterate<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

export async function read(source: Bytes): Promise<unknown[]> {
  return await Array.fromAsync(parseLines(source));
}
