/** Models that write as much as a test wants. */

import { OpenAIBatch } from "@offpeak/openai-batch";
import {
  createSimulator,
  type Respond,
  type Simulator,
} from "@offpeak/openai-batch/testing";

/** Answers with as many tokens as are wanted. */
export function answering(
  tokensOf: (text: string) => { input?: number; output: number },
): Respond {
  return ({ text, model }) => {
    const { input = 100, output } = tokensOf(text);
    return {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_795_600_000,
      model,
      choices: [{
        index: 0,
        message: { role: "assistant", content: "…" },
        finish_reason: "stop",
      }],
      usage: {
        prompt_tokens: input,
        completion_tokens: output,
        total_tokens: input + output,
      },
    };
  };
}

export function open(
  respond: Respond,
): { client: OpenAIBatch; sim: Simulator } {
  const sim = createSimulator({ respond });
  return { client: new OpenAIBatch(sim.options), sim };
}
