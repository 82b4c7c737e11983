/**
 * The price table: prices as of 2026-11-25, in USD per 1,000,000 tokens.
 *
 * @module
 */

/**
 * One row for models of the same price. A dated name is listed only if its prices
 * differ from those of the name without the date.
 *
 *     names  input  cached input  output  [other prices] …
 *
 * `-` for cached input: tokens from the cache cost the same as others.
 *
 * - `batch`, `flex`: half the standard price. `batch=0.13`: except for cached
 *   input, which costs that. `batch@1`: input costs 1, the rest in proportion.
 *   `batch!`: no price for long prompts.
 * - `priority@5`, `ultrafast@60`: the same; the price is always given.
 * - `long`: a prompt of more than 272,000 tokens costs twice as much, and its
 *   output 1.5 times as much.
 * - `writes`: a token written to the cache costs 1.25 times as much as another,
 *   and 2.5 times if it is kept for 12 hours.
 * - `image=8/2/32`, `audio=32/?/64`: tokens of images and audio: input, cached
 *   input, output. `?`: not published. In a batch: `batch-image`.
 */
const TABLE = `
babbage-002 0.4 - 0.4 batch
chat-latest 5 0.5 30
chatgpt-image-latest,gpt-image-1.5 5 1.25 10 batch=0.63 image=8/2/32 batch-image=4/?/16
computer-use-preview 3 - 12
daybreak-blue-latest,gpt-daybreak-blue-latest 4 0.4 20 long writes
daybreak-red-latest,gpt-daybreak-red-latest,gpt-5.6-cyber 12.5 1.25 75 long writes
davinci-002 2 - 2 batch
gpt-3.5-turbo 0.5 - 1.5
gpt-3.5-turbo-0125 0.5 - 1.5 batch
gpt-3.5-turbo-1106 1 - 2 batch@1
gpt-3.5-turbo-16k 3 - 4
gpt-3.5-turbo-instruct,gpt-3.5-turbo-instruct-0914 1.5 - 2
gpt-4,gpt-4-0314 30 - 60
gpt-4-0613 30 - 60 batch
gpt-4-0125-preview,gpt-4-1106-preview,gpt-4-turbo,gpt-4-turbo-preview 10 - 30
gpt-4-turbo-2024-04-09 10 - 30 batch
gpt-4.1 2 0.5 8 batch=- priority@3.5
gpt-4.1-mini 0.4 0.1 1.6 batch=- priority@0.7
gpt-4.1-nano 0.1 0.025 0.4 batch=- priority@0.2
gpt-4o 2.5 1.25 10 batch=- priority@4.25
gpt-4o-2024-05-13 5 - 15 batch priority@8.75
gpt-4o-audio-preview 2.5 - 10 audio=40/?/80
gpt-4o-mini 0.15 0.075 0.6 batch=- priority@0.25
gpt-4o-mini-audio-preview 0.15 - 0.6 audio=10/?/20
gpt-4o-mini-search-preview 0.15 0.075 0.6 batch=-
gpt-4o-search-preview 2.5 1.25 10 batch=-
gpt-5,gpt-5.1 1.25 0.125 10 batch flex priority@2.5
gpt-5-chat,gpt-5-chat-latest,gpt-5-codex,gpt-5-search-api,gpt-5.1-chat-latest,gpt-5.1-codex,gpt-5.1-codex-max 1.25 0.125 10
gpt-5-mini 0.25 0.025 2 batch flex priority@0.45
gpt-5-nano 0.05 0.005 0.4 batch flex
gpt-5-pro 15 - 120 batch
gpt-5.1-codex-mini 0.25 0.025 2
gpt-5.2 1.75 0.175 14 batch flex priority@3.5
gpt-5.2-chat-latest,gpt-5.2-codex,gpt-5.3-chat-latest,gpt-5.3-codex-spark 1.75 0.175 14
gpt-5.2-pro 21 - 168 batch
gpt-5.3-codex 1.75 0.175 14 priority@3.5
gpt-5.4 2.5 0.25 15 batch=0.13 flex=0.13 priority@5! long
gpt-5.4-mini 0.75 0.075 4.5 batch flex priority@1.5
gpt-5.4-nano 0.2 0.02 1.25 batch flex
gpt-5.4-pro 30 - 180 batch flex long
gpt-5.5 5 0.5 30 batch flex priority@12.5! long
gpt-5.5-cyber,gpt-5.5-cyber-preview 12.5 1.25 75
gpt-5.5-pro 30 - 180 batch! flex! long
gpt-5.6,gpt-5.6-sol 4 0.4 20 batch flex priority@8 long writes
gpt-5.6-luna 0.2 0.02 1.2 batch flex priority@0.4 long writes
gpt-5.6-terra 2 0.2 12 batch flex priority@4 long writes
gpt-6-astra 10 1 50 batch flex priority@20 ultrafast@60 long writes
gpt-6-astra-law 10 1 50 writes
gpt-6-cyber 20 2 100 writes
gpt-6-luna 0.1 0.01 0.5 batch flex priority@0.2 long writes
gpt-6-rosalind 15 1.5 75 long writes
gpt-6-sol 2 0.2 10 batch flex priority@4 long writes
gpt-6.1-sol 2 0.1 10 batch flex priority@4 ultrafast@12 long writes
gpt-6.1-terra 1 0.05 5 batch flex priority@2 long writes
gpt-6.2-astra 8 0.4 40 batch long writes
gpt-6.2-sol 2 0.1 10 batch long writes
gpt-audio,gpt-audio-1.5 2.5 - 10 audio=32/?/64
gpt-audio-mini 0.6 - 2.4 audio=10/?/20
gpt-image-1 5 1.25 ? batch=0.63 image=10/2.5/40 batch-image=5/?/?
gpt-image-1-mini 2 0.2 ? batch image=2.5/0.25/8 batch-image=1.25/?/4
gpt-image-2,gpt-image-2.5-flare,gpt-image-2.5-sunburst 5 1.25 ? batch image=8/2/30 batch-image=4/?/15
gpt-image-2.6-flare,gpt-image-2.6-sunburst 5 1.25 ? image=8/2/30
gpt-rosalind-discovery,gpt-rosalind-research 5 0.5 25
o1 15 7.5 60 batch=-
o1-pro 150 - 600 batch
o3 2 0.5 8 batch=- flex priority@3.5
o3-deep-research 10 2.5 40 batch=-
o3-mini 1.1 0.55 4.4 batch=-
o3-pro 20 - 80 batch
o4-mini 1.1 0.275 4.4 batch=- flex=0.138 priority@2
o4-mini-deep-research 2 0.5 8 batch=-
text-embedding-3-large 0.13 - 0 batch
text-embedding-3-small 0.02 - 0 batch
text-embedding-ada-002,text-embedding-ada-002-v2 0.1 - 0 batch`;

/** Moderation is free, whatever the model. */
const MODERATION = /^(omni|text)-moderation(-|$)/;
const FREE = "0 - 0 batch";

const ROWS: ReadonlyMap<string, string> = new Map(
  TABLE.trim().split("\n").flatMap((line) => {
    const [names = "", ...words] = line.split(" ");
    return names.split(",").map((name) => [name, words.join(" ")] as const);
  }),
);

/**
 * The table's entry under exactly this name.
 *
 * @returns The words of its row, without the names; undefined for an unknown name.
 */
export function rowOf(model: string): string[] | undefined {
  const row = ROWS.get(model) ?? (MODERATION.test(model) ? FREE : undefined);
  return row?.split(" ");
}
