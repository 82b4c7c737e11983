/**
 * Checks an answer against the caller's schema.
 *
 * @module
 */

import { singleTexts } from "./_messages.ts";
import type { Issue } from "../types/standard_schema.ts";
import type { SchemaSettings } from "./answer_options.ts";
import type { AnyResult, Failure, ResultError, Success } from "./result.ts";
import { failureFrom } from "./to_result.ts";

/**
 * Parses the output of a success and checks it. If it consists of several texts
 * that don't satisfy the schema together, the last one that does on its own is the
 * output.
 *
 * @returns The success with its `parsed`, or a failure with the code "invalid_output" that keeps the output, the body and the issues.
 */
export async function checkOutput(
  result: AnyResult,
  settings: SchemaSettings,
): Promise<AnyResult> {
  if (!result.ok) return result;
  const checked = await check(result, settings);
  if (!("error" in checked)) return { ...result, parsed: checked.value };
  for (const output of singleTexts(result.body)) {
    const single = { ...result, output, outputs: [output] };
    const one = await check(single, settings);
    if (!("error" in one)) return { ...single, parsed: one.value };
  }
  return invalid(result, checked.error);
}

async function check(
  // deno-lint-ignore no-explicit-any
  result: Success<any>,
  { schema, parse: how }: SchemaSettings,
): Promise<{ value: unknown } | { error: Problem }> {
  const parsed = parse(result, how);
  if ("error" in parsed) return parsed;
  try {
    const checked = await schema["~standard"].validate(parsed.value);
    if (checked.issues) return { error: explain(checked.issues) };
    return { value: checked.value };
  } catch (cause) {
    return { error: { message: "The schema threw an error", cause } };
  }
}

type Problem = Omit<ResultError, "code">;

function parse(
  // deno-lint-ignore no-explicit-any
  { output, finishReason }: Success<any>,
  how: SchemaSettings["parse"],
): { value: unknown } | { error: Problem } {
  if (how === "text" || typeof output !== "string") return { value: output };
  if (typeof how === "function") {
    try {
      return { value: how(output) };
    } catch (cause) {
      return { error: { message: "The option parse threw an error", cause } };
    }
  }
  try {
    return { value: JSON.parse(output) };
  } catch {
    // The runtime's own error would quote the text.
    const kind = output === "" ? "is empty" : "is not JSON";
    const reason = finishReason ? ` (it ended with "${finishReason}")` : "";
    return { error: { message: `The output ${kind}${reason}` } };
  }
}

function explain(issues: readonly Issue[]): Problem {
  const [first, ...others] = issues;
  const path = Array.from(
    first?.path ?? [],
    (part) => String(typeof part === "object" ? part.key : part),
  );
  const place = path.length > 0 ? ` at ${path.join(".")}` : "";
  const more = others.length > 0 ? `, and ${others.length} more` : "";
  return {
    message:
      `The output does not satisfy the schema${place}: ${first?.message}${more}`,
    issues,
  };
}

function invalid(
  // deno-lint-ignore no-explicit-any
  result: Success<any>,
  { message, issues = [{ message }], ...more }: Problem,
  // deno-lint-ignore no-explicit-any
): Failure<any> {
  const error = { code: "invalid_output", message, issues, ...more };
  return failureFrom(result, error);
}
