/**
 * Between a request of any form and its line in a file.
 *
 * @module
 */

import type { IndexedLine } from "./to_line.ts";

/** A request that is ready to be written. */
export interface ShapedRequest {
  /** 0, 1, …: the position in the input. */
  index: number;
  /** Its id. */
  id: string;
  /** The endpoint. */
  endpoint: string;
  /** Its model, if it names one. */
  model: string | undefined;
  /** How many embedding inputs it counts for. */
  inputs: number;
  /** Its line as JSON, without a line end. */
  text: string;
  /** Its line, unless the text is all that is wanted. */
  line: IndexedLine["line"] | undefined;
}
