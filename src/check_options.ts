/**
 * Checks of options that all rooms share.
 *
 * @module
 */

/** @throws {RangeError} If it is not a positive whole number. */
export function checkPositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new RangeError(
    `The option ${name} must be a positive whole number: it is ${value}`,
  );
}

/** @throws {RangeError} If it is not a whole number of 0 or more. */
export function checkWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(
    `The option ${name} must be a whole number of 0 or more: it is ${value}`,
  );
}

/** @throws {TypeError} If there are any unknown options: a misspelt one could cost money. */
export function checkNoMore(unknown: object): void {
  const [name] = Object.keys(unknown);
  if (name === undefined) return;
  throw new TypeError(`There is no option ${JSON.stringify(name)}`);
}

/**
 * @param atAbort What becomes of what runs when nobody waits for it any more.
 * @throws {TypeError} If it is neither "leave" nor "cancel".
 */
export function checkAtAbort(atAbort: unknown): void {
  if (atAbort === "leave" || atAbort === "cancel") return;
  throw new TypeError('The option atAbort must be "leave" or "cancel"');
}
