/** Watches how many calls run at a time. */

import type { Fetch } from "@offpeak/openai-batch";

/** A `fetch`, and what was seen of its calls. */
export interface Crowd {
  fetch: Fetch;
  /** Calls that run now. */
  running: number;
  /** The most that ever ran at a time. */
  most: number;
  /** How many were running when each call began, itself included. */
  widths: number[];
}

/** Counts the calls that pass through. */
export function watchCalls(fetch: Fetch): Crowd {
  const crowd: Crowd = {
    running: 0,
    most: 0,
    widths: [],
    fetch: async (input, init) => {
      crowd.running++;
      crowd.widths.push(crowd.running);
      crowd.most = Math.max(crowd.most, crowd.running);
      try {
        return await fetch(input, init);
      } finally {
        crowd.running--;
      }
    },
  };
  return crowd;
}
