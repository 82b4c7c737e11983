/**
 * What a response body says, endpoint by endpoint. Bodies come from servers of
 * many kinds: whatever is not where it should be counts as absent.
 *
 * @module
 */

/** What people look for in a body. */
export interface Outputs {
  /** All texts, embeddings, moderations or images. */
  outputs: unknown[];
  /** Why it ended. */
  finishReason: string | undefined;
  /** The model's refusal to answer. */
  refusal: string | undefined;
}

type Fields = Record<string, unknown>;

/**
 * Reads a body by its shape, so that any endpoint of any server that has the
 * shape of OpenAI's is read.
 *
 * @param body A response's body.
 * @returns What it says; no outputs where nothing is known of the shape.
 */
export function readOutputs(body: unknown): Outputs {
  const fields = asObject(body);
  if (Array.isArray(fields.choices)) return readChoices(list(fields.choices));
  if (Array.isArray(fields.output)) return readResponse(fields);
  if (Array.isArray(fields.results)) return bare(fields.results);
  if (!Array.isArray(fields.data)) return bare([]);
  const embeddings = list(fields.data).map((item) => item.embedding ?? item);
  return bare(embeddings);
}

function bare(outputs: unknown[]): Outputs {
  return { outputs, finishReason: undefined, refusal: undefined };
}

/** Chat and legacy completions. */
function readChoices(choices: Fields[]): Outputs {
  const messages = choices.map((choice) => asObject(choice.message));
  return {
    outputs: choices.length === 0
      ? [""]
      : choices.map((choice, i) =>
        text(choice.text) ?? text(messages[i]?.content) ?? ""
      ),
    finishReason: text(choices[0]?.finish_reason),
    refusal: text(messages[0]?.refusal) || undefined,
  };
}

/** The Responses API: all texts together are one output, as the SDK's `output_text`. */
function readResponse(body: Fields): Outputs {
  const parts = list(body.output).flatMap(({ content }) => list(content));
  const texts = parts.filter(({ type }) => type === "output_text");
  const refusal = parts.find(({ type }) => type === "refusal")?.refusal;
  return {
    outputs: [texts.map((part) => text(part.text) ?? "").join("")],
    finishReason: text(body.status),
    refusal: text(refusal),
  };
}

function asObject(value: unknown): Fields {
  return typeof value === "object" && value !== null ? value as Fields : {};
}

function list(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
