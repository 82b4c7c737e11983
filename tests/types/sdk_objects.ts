/** The official SDK's messages, answers and objects fit ours. Checked by the compiler, and never run. */

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
  ResponseOf,
  ResponsesFunctionCall,
  ResponsesFunctionCallOutput,
  ResponsesMessage,
  ResponsesPart,
  ResponsesReasoning,
  ResponsesText,
  UnknownEndpoint,
} from "@offpeak/openai-batch";
import type { Differing, Fits, Keys, None, With } from "./_fits.ts";

/** `T` as parsed JSON: unlike an interface it fits a type with an index signature. */
type Parsed<T> = T extends string ? T
  : T extends object ? { [K in keyof T]: Parsed<T[K]> }
  : T;

type Responses = OpenAI.Responses.ResponseCreateParams;

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
