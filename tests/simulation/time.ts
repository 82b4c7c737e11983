/**
 * The times of the simulation, in ms.
 *
 * @module
 */

export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;

/** When the virtual clock begins. */
export const START: number = Date.UTC(2026, 0, 1);

/** How long the client waits for lists to catch up. */
export const SETTLE_TIME: number = 30 * SECOND;
