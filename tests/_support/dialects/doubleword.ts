/**
 * Doubleword: the window is any text; an hour costs more than a day.
 *
 * @module
 */

import { type Dialect, translate } from "./_translate.ts";

const WINDOW = "1h";

export const doubleword: Dialect = {
  client: { baseURL: "https://api.doubleword.ai/v1" },
  job: { batch: { completion_window: WINDOW } },
  serve: (sim) =>
    translate(sim, {
      create: (body) => ({ ...body, completion_window: "24h" }),
      batch: (batch) => ({ ...batch, completion_window: WINDOW }),
    }),
};
