/**
 * Progress events to bars on a terminal.
 *
 * @module
 */

export { Bars, type ProgressEvent, type Terminal } from "./bars.ts";
export { describeDuration, describeWait } from "./waiting.ts";
