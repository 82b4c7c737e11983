/**
 * The official SDK's types fit ours, and a typo does not. Checked by the
 * compiler; at run time there is little left to see.
 *
 * @module
 */

import type OpenAI from "openai";
import type { BodyOf, Chat, Params } from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";
import type { Differing, Fits, Keys, None, With } from "./_fits.ts";

/** The SDK's request parameters are our bodies. */
export type SDKRequests = [
  Fits<BodyOf<Chat>, OpenAI.ChatCompletionCreateParamsNonStreaming>,
  Fits<BodyOf<"/v1/embeddings">, OpenAI.EmbeddingCreateParams>,
  Fits<BodyOf<"/v1/moderations">, OpenAI.ModerationCreateParams>,
  Fits<
    BodyOf<"/v1/images/generations">,
    OpenAI.Images.ImageGenerateParamsNonStreaming
  >,
  Fits<BodyOf<"/v1/images/edits">, OpenAI.Images.ImageEditParamsNonStreaming>,
  // a prompt template may bring these two along, in a batch they are required
  Fits<
    BodyOf<"/v1/responses">,
    With<
      OpenAI.Responses.ResponseCreateParamsNonStreaming,
      { model: string; input: string | OpenAI.Responses.ResponseInput }
    >
  >,
  // a request without a prompt has no content
  Fits<
    BodyOf<"/v1/completions">,
    With<
      OpenAI.CompletionCreateParamsNonStreaming,
      { prompt: NonNullable<OpenAI.CompletionCreateParams["prompt"]> }
    >
  >,
];

type Responses = OpenAI.Responses.ResponseCreateParams;

/** Field by field: none of the SDK's is unknown here, and none of ours is made up. */
export type SDKParameters = [
  None<Differing<Keys<BodyOf<Chat>>, Keys<OpenAI.ChatCompletionCreateParams>>>,
  None<
    Differing<
      Keys<BodyOf<"/v1/embeddings">>,
      Keys<OpenAI.EmbeddingCreateParams>
    >
  >,
  None<
    Differing<
      Keys<BodyOf<"/v1/moderations">>,
      Keys<OpenAI.ModerationCreateParams>
    >
  >,
  None<
    Differing<
      Keys<BodyOf<"/v1/images/generations">>,
      Keys<OpenAI.Images.ImageGenerateParams>
    >
  >,
  // what JSON has in the place of the form's upload; edits take what generations take
  None<
    Differing<
      Keys<BodyOf<"/v1/images/edits">>,
      Keys<OpenAI.Images.ImageEditParams>,
      "images" | "moderation" | "style" | "svg"
    >
  >,
  // the Python SDK of the same day has these
  None<
    Differing<
      Keys<BodyOf<"/v1/responses">>,
      Keys<Responses>,
      "background_options"
    >
  >,
  None<
    Differing<
      Keys<BodyOf<"/v1/completions">>,
      Keys<OpenAI.CompletionCreateParams>
    >
  >,
];

/** The helper itself can fail. */
export type DifferingCanFail = [
  // @ts-expect-error one is missing here
  None<Differing<"a", "a" | "b">>,
  // @ts-expect-error one is made up here
  None<Differing<"a" | "b", "a">>,
];

/** Their streaming twins are not. */
export type SDKStreams = [
  // @ts-expect-error a batch refuses streams
  Fits<BodyOf<Chat>, OpenAI.ChatCompletionCreateParamsStreaming>,
  Fits<
    BodyOf<"/v1/responses">,
    // @ts-expect-error a batch refuses streams
    OpenAI.Responses.ResponseCreateParamsStreaming & {
      model: string;
      input: string;
    }
  >,
  Fits<
    BodyOf<"/v1/completions">,
    // @ts-expect-error a batch refuses streams
    OpenAI.CompletionCreateParamsStreaming & { prompt: string }
  >,
  Fits<
    BodyOf<"/v1/images/generations">,
    // @ts-expect-error a batch refuses streams
    OpenAI.Images.ImageGenerateParamsStreaming
  >,
];

const model = "gpt-4o-mini";

const prompt = "Hello!";

test(
  "a chat body of the official SDK is a chat body here",
  options,
  () => {
    const sdk: OpenAI.ChatCompletionCreateParamsNonStreaming = {
      model,
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "user", content: [{ type: "text", text: prompt }] },
      ],
      reasoning_effort: "max",
    };
    const ours: BodyOf<Chat> = sdk;
    assert.deepEqual(JSON.parse(JSON.stringify(ours)), sdk);
  },
);

test(
  "a misspelt parameter is refused by the compiler",
  options,
  () => {
    const chat: BodyOf<Chat>[] = [
      // @ts-expect-error max_completion_tokens
      { model, messages: [], max_completion_token: 10 },
      // @ts-expect-error content
      { model, messages: [{ role: "user", contents: prompt }] },
      // @ts-expect-error a message is not a wrapper
      { model, messages: [{ id: "a", role: "user", content: prompt }] },
      // @ts-expect-error json_schema
      { model, messages: [], response_format: { type: "text", schema: {} } },
      // @ts-expect-error the model is missing
      { messages: [] },
    ];
    const responses: BodyOf<"/v1/responses">[] = [
      // @ts-expect-error max_output_tokens
      { model, input: prompt, max_completion_tokens: 10 },
      // @ts-expect-error effort
      { model, input: prompt, reasoning: { efort: "low" } },
      // @ts-expect-error verbosity
      { model, input: prompt, text: { verbose: "low" } },
    ];
    const embeddings: BodyOf<"/v1/embeddings">[] = [
      // @ts-expect-error dimensions
      { model, input: prompt, dimension: 256 },
    ];
    const completions: BodyOf<"/v1/completions">[] = [
      // @ts-expect-error max_tokens
      { model, prompt, max_token: 10 },
    ];
    const moderations: BodyOf<"/v1/moderations">[] = [
      // @ts-expect-error input
      { model, inputs: prompt },
    ];
    const images: BodyOf<"/v1/images/generations">[] = [
      // @ts-expect-error quality
      { model, prompt, qality: "low" },
      // @ts-expect-error of edits only
      { model, prompt, images: [] },
    ];
    const edits: BodyOf<"/v1/images/edits">[] = [
      // @ts-expect-error mask
      { model, prompt, images: [], masks: [] },
    ];
    const params: Params[] = [
      // @ts-expect-error temperature
      { temprature: 0 },
      // @ts-expect-error messages are the request's
      { messages: [] },
      // @ts-expect-error a batch refuses streams
      { stream: false },
    ];
    const all = [
      chat,
      responses,
      embeddings,
      completions,
      moderations,
      images,
      edits,
      params,
    ];
    assert.deepEqual(all.map((list) => list.length), [5, 3, 1, 1, 1, 2, 1, 3]);
  },
);

test("stream may be false or null, never true", options, () => {
  const chat: BodyOf<Chat>[] = [
    { model, messages: [], stream: false },
    { model, messages: [], stream: null },
    { model, messages: [], stream: undefined },
    // @ts-expect-error a batch refuses streams
    { model, messages: [], stream: true },
  ];
  const responses: BodyOf<"/v1/responses">[] = [
    // @ts-expect-error a batch refuses streams
    { model, input: prompt, stream: true },
  ];
  const completions: BodyOf<"/v1/completions">[] = [
    // @ts-expect-error a batch refuses streams
    { model, prompt, stream: true },
  ];
  const images: BodyOf<"/v1/images/generations">[] = [
    // @ts-expect-error a batch refuses streams
    { model, prompt, stream: true },
  ];
  const streams = [...chat, ...responses, ...completions, ...images]
    .map((body) => body.stream);
  assert.deepEqual(streams, [false, null, undefined, true, true, true, true]);
});

test("literals stay open for values that are not known yet", options, () => {
  const effort: string = "ultra";
  const body: BodyOf<Chat> = {
    model,
    messages: [{ role: "critic", content: prompt }],
    reasoning_effort: effort,
    service_tier: "night",
  };
  assert.equal(body.reasoning_effort, "ultra");
});
