/**
 * The official SDK's types fit ours, and a typo does not. Checked by the
 * compiler; at run time there is little left to see.
 *
 * @module
 */

import type OpenAI from "openai";
import type {
  At,
  Batch,
  BatchCreateParams,
  BatchError,
  BatchErrors,
  BatchListParams,
  BatchRequest,
  BatchRequestCounts,
  BodyOf,
  Chat,
  ChatChoice,
  ChatMessage,
  ContentPart,
  Embedding,
  FileCreateParams,
  FileDeleted,
  FileListParams,
  FileObject,
  Image,
  Message,
  Moderation,
  Params,
  ResponseOf,
  ResponsesFunctionCall,
  ResponsesFunctionCallOutput,
  ResponsesMessage,
  ResponsesPart,
  ResponsesReasoning,
  ResponsesText,
  UnknownEndpoint,
} from "@offpeak/openai-batch";
import { assert, options, test } from "../_support/prelude.ts";

/** A compile error unless every `Source` is a `Target`. */
type Fits<Target, Source extends Target> = Source;

/** `T` with other types for some of its fields. */
type With<T, Fields> = Omit<T, keyof Fields> & Fields;

/** `T` as parsed JSON: unlike an interface it fits a type with an index signature. */
type Parsed<T> = T extends string ? T
  : T extends object ? { [K in keyof T]: Parsed<T[K]> }
  : T;

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

/** The names of all members of a union, without an index signature. */
type Keys<T> = T extends unknown ? keyof {
    [K in keyof T as string extends K ? never : K]: T[K];
  }
  : never;

/** Fields that only one of two has, but for those that are named. */
type Differing<Ours, Theirs, Except = never> = Exclude<
  Exclude<Ours, Theirs> | Exclude<Theirs, Ours>,
  Except
>;

/** A compile error, which names them, if there are any. */
type None<Fields extends never> = Fields;

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

/** The SDK's items are ours, one by one and as an input. */
export type SDKItems = [
  Fits<ResponsesMessage, OpenAI.Responses.EasyInputMessage>,
  Fits<ResponsesMessage, OpenAI.Responses.ResponseInputItem.Message>,
  Fits<
    ResponsesFunctionCallOutput,
    OpenAI.Responses.ResponseInputItem.FunctionCallOutput
  >,
  Fits<ResponsesFunctionCall, OpenAI.Responses.ResponseFunctionToolCall>,
  Fits<BodyOf<"/v1/responses">["input"], OpenAI.Responses.ResponseInput>,
  Fits<
    BatchRequest<"/v1/responses">,
    readonly OpenAI.Responses.EasyInputMessage[]
  >,
  None<
    Differing<
      Keys<ResponsesPart>,
      Keys<
        | OpenAI.Responses.ResponseInputContent
        | OpenAI.Responses.ResponseOutputText
        | OpenAI.Responses.ResponseOutputRefusal
      >,
      "role" | "input_audio"
    >
  >,
  Fits<NonNullable<Batch["errors"]>, OpenAI.Batch.Errors>,
  Fits<BatchErrors, OpenAI.Batch.Errors>,
  Fits<BatchError, OpenAI.BatchError>,
  Fits<BatchRequestCounts, OpenAI.BatchRequestCounts>,
];

type NotAMessage = "id" | "body" | "custom_id" | "params";

/** The same one level further in, where a field has fields of its own here. */
export type SDKParts = [
  None<
    Differing<
      Keys<Message>,
      Keys<OpenAI.ChatCompletionMessageParam>,
      NotAMessage
    >
  >,
  None<
    Differing<
      Keys<ContentPart>,
      Keys<
        | OpenAI.ChatCompletionContentPart
        | OpenAI.ChatCompletionContentPartRefusal
        | OpenAI.ModerationMultiModalInput
      >,
      "role"
    >
  >,
  None<
    Differing<
      Keys<NonNullable<ContentPart["image_url"]>>,
      Keys<OpenAI.ChatCompletionContentPartImage.ImageURL>
    >
  >,
  None<
    Differing<
      Keys<NonNullable<ContentPart["input_audio"]>>,
      Keys<OpenAI.ChatCompletionContentPartInputAudio.InputAudio>
    >
  >,
  None<
    Differing<
      Keys<NonNullable<ContentPart["file"]>>,
      Keys<OpenAI.ChatCompletionContentPart.File.File>
    >
  >,
  None<
    Differing<
      Keys<NonNullable<BodyOf<Chat>["response_format"]>>,
      Keys<NonNullable<OpenAI.ChatCompletionCreateParams["response_format"]>>
    >
  >,
  None<Differing<Keys<ResponsesReasoning>, Keys<OpenAI.Reasoning>>>,
  None<
    Differing<Keys<ResponsesText>, Keys<OpenAI.Responses.ResponseTextConfig>>
  >,
];

/** A field of ours that the SDK does not know would be made up. */
export type SDKAnswers = [
  Fits<Keys<OpenAI.ChatCompletion>, Keys<ResponseOf<Chat>>>,
  Fits<Keys<OpenAI.ChatCompletion.Choice>, Keys<ChatChoice>>,
  Fits<Keys<OpenAI.ChatCompletionMessage>, Keys<ChatMessage>>,
  Fits<
    Keys<OpenAI.CreateEmbeddingResponse>,
    Keys<ResponseOf<"/v1/embeddings">>
  >,
  Fits<Keys<OpenAI.Embedding>, Keys<Embedding>>,
  Fits<Keys<OpenAI.Completion>, Keys<ResponseOf<"/v1/completions">>>,
  Fits<Keys<OpenAI.Responses.Response>, Keys<ResponseOf<"/v1/responses">>>,
  Fits<
    Keys<OpenAI.ModerationCreateResponse>,
    Keys<ResponseOf<"/v1/moderations">>
  >,
  Fits<Keys<OpenAI.Moderation>, Keys<Moderation>>,
  Fits<Keys<OpenAI.ImagesResponse>, Keys<ResponseOf<"/v1/images/edits">>>,
  Fits<Keys<OpenAI.Image>, Keys<Image>>,
];

/** The objects of the REST layer: the same fields, and the SDK's values fit. */
export type SDKObjects = [
  None<Differing<keyof Batch, keyof OpenAI.Batch>>,
  None<Differing<keyof BatchCreateParams, keyof OpenAI.BatchCreateParams>>,
  None<Differing<keyof BatchListParams, keyof OpenAI.BatchListParams>>,
  None<Differing<keyof FileObject, keyof OpenAI.FileObject>>,
  None<Differing<keyof FileCreateParams, keyof OpenAI.FileCreateParams>>,
  None<Differing<keyof FileListParams, keyof OpenAI.FileListParams>>,
  Fits<Batch, OpenAI.Batch>,
  Fits<BatchCreateParams, OpenAI.BatchCreateParams>,
  Fits<BatchListParams, OpenAI.BatchListParams>,
  Fits<FileObject, OpenAI.FileObject>,
  Fits<FileDeleted, OpenAI.FileDeleted>,
  Fits<FileListParams, OpenAI.FileListParams>,
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

type FunctionCalls = {
  tool_calls?: OpenAI.ChatCompletionMessageFunctionToolCall[];
};

/** The SDK's responses, as JSON, are our responses. */
export type SDKResponses = [
  // `ToolCall` is a function's; a custom tool's is told apart by `type`
  Fits<
    ResponseOf<Chat>,
    Parsed<
      With<OpenAI.ChatCompletion, {
        choices: With<OpenAI.ChatCompletion.Choice, {
          message: With<OpenAI.ChatCompletionMessage, FunctionCalls>;
        }>[];
      }>
    >
  >,
  Fits<ResponseOf<"/v1/embeddings">, Parsed<OpenAI.CreateEmbeddingResponse>>,
  Fits<ResponseOf<"/v1/completions">, Parsed<OpenAI.Completion>>,
  Fits<ResponseOf<"/v1/images/generations">, Parsed<OpenAI.ImagesResponse>>,
  Fits<ResponseOf<"/v1/images/edits">, Parsed<OpenAI.ImagesResponse>>,
  // optional in the SDK's type only
  Fits<
    ResponseOf<"/v1/responses">,
    Parsed<With<OpenAI.Responses.Response, { status: string }>>
  >,
  // two of the categories can be null, which the simpler record leaves out
  Fits<
    ResponseOf<"/v1/moderations">,
    Parsed<
      With<OpenAI.ModerationCreateResponse, {
        results: With<OpenAI.Moderation, {
          categories: Record<keyof OpenAI.Moderation.Categories, boolean>;
        }>[];
      }>
    >
  >,
];

/** Rows of the table are found by both spellings, and by no other. */
export type Rows = [
  Fits<At<Chat>, At<"/chat/completions">>,
  Fits<At<"/chat/completions">, At<Chat>>,
  Fits<At<"/v1/rerank">, UnknownEndpoint>,
  Fits<UnknownEndpoint, At<"/v1/rerank">>,
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
      // @ts-expect-error a message is no wrapper
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
