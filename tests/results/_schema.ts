/** A model that writes what it is asked for. */

import {
  type BatchRequest,
  type JobOptions,
  OpenAIBatch,
} from "@offpeak/openai-batch";
import {
  createSimulator,
  type SimulatedRequest,
  type Simulator,
} from "@offpeak/openai-batch/testing";

const params = { model: "gpt-4o-mini" };

/** A client whose model writes what it is asked for: the prompt itself. */
export function echo(
  respond = ({ text }: SimulatedRequest): unknown => text,
): { sim: Simulator; client: OpenAIBatch } {
  const sim = createSimulator({
    respond: (request) => respond(request) as string,
  });
  return { sim, client: new OpenAIBatch(sim.options) };
}

/** The bodies that are sent for these requests. */
export async function bodiesOf<T>(
  requests: BatchRequest[],
  options: JobOptions<"/v1/chat/completions", T>,
  // deno-lint-ignore no-explicit-any
): Promise<any[]> {
  const { sim, client } = echo();
  await client.run(requests, { params, ...options });
  const byId = Map.groupBy(sim.ledger.requests, ({ custom_id }) => custom_id);
  return requests.map((_, index) => byId.get(`${index}`)?.[0]?.body);
}
