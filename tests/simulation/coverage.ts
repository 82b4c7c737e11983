/**
 * What the seeds have met.
 *
 * @module
 */

/** Counters by name. */
export class Coverage {
  readonly counts: Map<string, number> = new Map();

  /** Counts one more. */
  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  /** Adds what others counted. */
  add(counts: Iterable<readonly [string, number]>): void {
    for (const [name, count] of counts) this.count(name, count);
  }

  /** How often. */
  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }
}
