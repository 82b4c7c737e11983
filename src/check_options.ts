/**
 * Checks of options that all rooms share.
 *
 * @module
 */

import { asCode } from "./as_code.ts";

/** @throws {RangeError} If it is not a positive whole number. */
export function checkPositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new RangeError(
    `The option ${name} must be a positive whole number: it is ${
      asCode(value)
    }`,
  );
}

/** @throws {RangeError} If it is not a whole number of 0 or more. */
export function checkWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(
    `The option ${name} must be a whole number of 0 or more: it is ${
      asCode(value)
    }`,
  );
}

/**
 * Names go into file names and schemas, which have few characters to choose from.
 *
 * @throws {TypeError} If it has others, or too many of them.
 */
export function checkName(
  option: string,
  name: unknown,
  longest: number = 64,
): void {
  const isName = typeof name === "string" && /^[\w-]+$/.test(name);
  if (isName && name.length <= longest) return;
  throw new TypeError(
    `The option ${option} must have 1 to ${longest} characters of A-Z, a-z, 0-9, _ and -: it is ${
      asCode(name)
    }`,
  );
}

/** @throws {TypeError} If it is none of the choices. */
export function checkChoice(
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  if (choices.includes(value)) return;
  const last = asCode(choices.at(-1));
  const others = choices.slice(0, -1).map(asCode).join(", ");
  throw new TypeError(
    `The option ${name} must be ${others} or ${last}: it is ${asCode(value)}`,
  );
}

/** @throws {TypeError} If there are any unknown options: a misspelt one could cost money. */
export function checkNoMore(
  unknown: object,
  hintFor?: (name: string) => string,
): void {
  const [name] = Object.keys(unknown);
  if (name === undefined) return;
  const hint = hintFor?.(name) ?? "";
  throw new TypeError(`There is no option ${asCode(name)}${hint}`);
}

/**
 * @param atAbort What happens to what is running when nothing waits for it any more.
 * @throws {TypeError} If it is neither "leave" nor "cancel".
 */
export function checkAtAbort(atAbort: unknown): void {
  checkChoice("atAbort", atAbort, ["leave", "cancel"]);
}

/**
 * @param trace Who gets what happens.
 * @throws {TypeError} If it isn't a function.
 */
export function checkTrace(trace: unknown): void {
  if (trace === undefined || typeof trace === "function") return;
  throw new TypeError("The option trace must be a function");
}
