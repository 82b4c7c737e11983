/**
 * What this process knows about itself.
 *
 * @module
 */

/** This process, as far as one job is concerned. */
export class OwnProcess {
  /** Whether it waits between steps, rather than being woken up for a single one. */
  stays: boolean;
  /** When it started, ms. */
  readonly startedAt: number;
  /** When it last created a batch, ms. */
  createdAt: number = -Infinity;

  /** @param startedAt When it began, ms. */
  constructor(startedAt: number, stays: boolean) {
    this.startedAt = startedAt;
    this.stays = stays;
  }
}
