/** Answers that are none, and calls that get them. */

import type { ClientOptions } from "@offpeak/openai-batch";
import { assert } from "../_support/prelude.ts";
import {
  type Answer,
  caught,
  pieces,
  script,
  silence,
} from "../_support/scripted.ts";

export const silent: Answer = ({ signal }) => silence(signal);

export const stuck: Answer = ({ signal }) =>
  pieces((index) => index > 0 ? silence(signal) : '{"id":');

/** What `files.retrieve` ends with if every call gets this answer. */
export async function retrieve(
  answer: Answer,
  options: ClientOptions = {},
): Promise<
  ReturnType<typeof script> & { error: Record<string, unknown> }
> {
  const scripted = script(answer, options);
  const error = await caught(() => scripted.client.files.retrieve("file-1"));
  return { ...scripted, error: error as Record<string, unknown> };
}

export function assertBackoff(waits: number[]): void {
  waits.forEach((wait, i) => {
    const longest = Math.min(500 * 2 ** i, 8_000);
    assert.ok(wait <= longest && wait >= longest * 0.75, `${i}: ${wait}`);
  });
}
