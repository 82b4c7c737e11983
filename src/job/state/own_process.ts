/**
 * What this process knows of itself.
 *
 * @module
 */

/** This process, as far as one job is concerned. */
export class OwnProcess {
  /** Whether it waits between steps, or is woken up for a single one. */
  stays: boolean;
  /** When it began, ms. */
  readonly startedAt: number;
  /** When it last created a batch, ms. */
  createdAt: number = -Infinity;

  /**
   * @param startedAt When it began, ms.
   * @param stays Whether it waits between steps.
   */
  constructor(startedAt: number, stays: boolean) {
    this.startedAt = startedAt;
    this.stays = stays;
  }
}
