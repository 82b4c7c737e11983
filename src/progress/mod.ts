/**
 * Progress events to bars on a terminal.
 *
 * @module
 */

export { Bars, type ProgressEvent } from "./bars.ts";
export { fit, widthOf } from "./fit.ts";
export { ticking } from "./ticks.ts";
export { describeDuration, describeWait } from "./waiting.ts";
