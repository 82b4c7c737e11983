/** What the compiler says of a value's type. */

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;

/** A compile error unless the value's type is exactly `A`. */
export function expectType<A>(): <B>(
  value: B,
  ...same: Equal<A, B> extends true ? [] : [expected: A, found: B]
) => void {
  return () => {};
}
