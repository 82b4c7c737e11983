/**
 * Reads records block by block, each with its offset, so that it can be found
 * again.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { UsageError } from "../messages/errors.ts";
import type { Bytes } from "./bytes.ts";
import type { Splitter, TextRecord } from "./record.ts";

/** Bytes per read. A longer string is a large object to V8, which keeps it until the next full collection. */
const BLOCK = 32 * 1_024;
/** The most bytes of a record: more would not fit into any input file. */
const MOST = 256 * 1_024 * 1_024;

/** A record and its position in the input. */
export interface Found {
  /** The offset of its first byte. */
  position: number;
  /** The line it begins in, from 1. */
  line: number;
  /** Its text in the input. */
  text: string;
  /** Its fields; a JSON value is one field. */
  values: readonly unknown[];
  /** Why it can't be taken. */
  problem?: string;
}

/**
 * Reads records.
 *
 * @param bytes The input.
 * @param splitter Finds records in text.
 * @param start Where the first one begins.
 * @returns Blocks of records.
 * @throws {UsageError} If a record is larger than any request can be.
 */
export function* readBlocks(
  bytes: Bytes,
  splitter: Splitter,
  start = 0,
): Generator<Found[]> {
  let buffer = new Uint8Array(BLOCK);
  let position = start;
  let line = 1;
  while (position < bytes.size) {
    const length = bytes.read(buffer, position);
    const isEnd = position + length >= bytes.size;
    const known = buffer.subarray(0, length);
    const whole = isEnd ? known : known.subarray(0, characterEnd(known));
    const { found, consumed, lines } = split(
      splitter,
      whole,
      isEnd,
      position,
      line,
    );
    if (found.length > 0) yield found;
    position += consumed;
    line += lines;
    if (isEnd) return;
    // Twice as much: a record of many blocks would otherwise be searched once for each.
    if (consumed === 0) buffer = new Uint8Array(buffer.length * 2);
    else if (buffer.length > BLOCK) buffer = new Uint8Array(BLOCK);
    if (buffer.length > MOST) {
      throw new UsageError(
        `${bytes.name}, line ${line}: this record is longer than ${MOST} bytes. Is a quote or a bracket left open?`,
      );
    }
  }
}

interface Taken {
  found: Found[];
  /** Bytes. */
  consumed: number;
  lines: number;
}

function split(
  splitter: Splitter,
  bytes: Uint8Array,
  isEnd: boolean,
  position: number,
  line: number,
): Taken {
  const text = decode(bytes);
  if (text === undefined) {
    return splitBroken(splitter, bytes, isEnd, position, line);
  }
  const { records, consumed, lines } = splitter.split(text, isEnd);
  // ASCII text has as many characters as bytes.
  const isAscii = text.length === bytes.length;
  let at = 0;
  let before = 0;
  const found = records.map((record) => {
    before += isAscii
      ? record.start - at
      : Buffer.byteLength(text.slice(at, record.start));
    at = record.start;
    return finish(record, text, position + before, line);
  });
  const taken = isAscii
    ? consumed
    : before + Buffer.byteLength(text.slice(at, consumed));
  return { found, consumed: taken, lines };
}

/** Finds records in bytes that aren't UTF-8: no delimiter is part of a longer character. */
function splitBroken(
  splitter: Splitter,
  bytes: Uint8Array,
  isEnd: boolean,
  position: number,
  line: number,
): Taken {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1");
  const { records, consumed, lines } = splitter.split(latin, isEnd);
  const found = records.map((record) => {
    const { start, end } = record;
    const text = decode(bytes.subarray(start, end));
    const read = text === undefined
      ? { ...record, values: [], problem: "isn't UTF-8" }
      : { ...splitter.first(text), line: record.line };
    return finish(read, text ?? latin, position + start, line);
  });
  return { found, consumed, lines };
}

function finish(
  { start, end, line, values, problem }: TextRecord,
  text: string,
  position: number,
  before: number,
): Found {
  const found = {
    position,
    line: before + line,
    text: text.slice(start, end),
    values,
  };
  return problem === undefined ? found : { ...found, problem };
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param bytes UTF-8.
 * @returns Their text; undefined if they aren't UTF-8.
 */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How many bytes there are up to the last complete character. */
function characterEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= 4 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue; // in the middle of one
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
