/** Types that compile only where other types fit. */

/** A compile error unless every `Source` is a `Target`. */
export type Fits<Target, Source extends Target> = Source;

/** `T` with other types for some of its fields. */
export type With<T, Fields> = Omit<T, keyof Fields> & Fields;

/** The names of all members of a union, without an index signature. */
export type Keys<T> = T extends unknown ? keyof {
    [K in keyof T as string extends K ? never : K]: T[K];
  }
  : never;

/** Fields that only one of two has, but for those that are named. */
export type Differing<Ours, Theirs, Except = never> = Exclude<
  Exclude<Ours, Theirs> | Exclude<Theirs, Ours>,
  Except
>;

/** A compile error, which names them, if there are any. */
export type None<Fields extends never> = Fields;
