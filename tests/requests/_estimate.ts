/** What these tests share. */

import { OpenAIBatch } from "@offpeak/openai-batch";

/** A client that must not send anything. */
export const client: OpenAIBatch = new OpenAIBatch({
  apiKey: "none",
  fetch: () => Promise.reject(new Error("Something was sent")),
});
