/** What these tests share. */

import type { Usage } from "@offpeak/openai-batch";

export type Details = Partial<
  & NonNullable<Usage["input_tokens_details"]>
  & { written_images: number; written_audio: number }
>;

export function usageOf(
  input: number,
  output: number,
  details: Details = {},
): Usage {
  const { written_images, written_audio, ...read } = details;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    input_tokens_details: { cached_tokens: 0, ...read },
    output_tokens_details: {
      reasoning_tokens: 0,
      ...(written_images === undefined ? {} : { image_tokens: written_images }),
      ...(written_audio === undefined ? {} : { audio_tokens: written_audio }),
    },
  };
}
