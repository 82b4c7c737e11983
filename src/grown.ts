/**
 * Typed arrays that grow.
 *
 * @module
 */

/**
 * An array with room for as many entries: the same one, or one of at least
 * twice the size, filled up with zeros.
 */
export function grown<T extends Uint8Array | Uint32Array | Int32Array>(
  array: T,
  length: number,
): T {
  if (length <= array.length) return array;
  const { constructor } = array;
  const larger = new (constructor as new (length: number) => T)(
    Math.max(length, 2 * array.length),
  );
  larger.set(array);
  return larger;
}
