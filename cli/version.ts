/**
 * Which version this is.
 *
 * @module
 */

/** As in deno.json, which need not be there where this runs; a test compares them. */
export const VERSION = "0.1.0";
