/**
 * A `Response` of a text, which costs little until it is read.
 *
 * @module
 */

let make: ((text: string, init: ResponseInit) => Response) | undefined;

/**
 * Makes a response whose stream is made only if something else than `text` and `json` is
 * asked for. Node makes one for each body at once: with 10,000 calls, that takes a fifth
 * of all CPU.
 */
export function textResponse(text: string, init: ResponseInit): Response {
  make ??= defineTextResponse();
  return make(text, init);
}

/** Done at the first call: Node reads the environment once `Response` is touched, and an import must not. */
function defineTextResponse(): NonNullable<typeof make> {
  class TextResponse extends Response {
    /** Undefined as soon as it was read, or {@linkcode #whole} has it. */
    #text: string | undefined;
    #whole: Response | undefined;

    constructor(text: string, init: ResponseInit) {
      super(null, init);
      this.#text = text;
    }

    override get body(): Response["body"] {
      return this.#rest.body;
    }

    override get bodyUsed(): boolean {
      return this.#rest.bodyUsed;
    }

    override arrayBuffer(): Promise<ArrayBuffer> {
      return this.#rest.arrayBuffer();
    }

    override blob(): Promise<Blob> {
      return this.#rest.blob();
    }

    override async bytes(): ReturnType<Response["bytes"]> {
      return new Uint8Array(await this.arrayBuffer()); // Node 20 has no `bytes`
    }

    override clone(): Response {
      return this.#rest.clone();
    }

    override formData(): Promise<FormData> {
      return this.#rest.formData();
    }

    override async json(): ReturnType<Response["json"]> {
      const text = this.#take();
      return text === undefined ? await this.#rest.json() : JSON.parse(text);
    }

    override async text(): Promise<string> {
      return this.#take() ?? await this.#rest.text();
    }

    /** The platform's own, which does all the rest. It is used up if the text was read. */
    get #rest(): Response {
      if (this.#whole) return this.#whole;
      const text = this.#take();
      this.#whole = new Response(text ?? "-", this);
      if (text === undefined) void this.#whole.text();
      return this.#whole;
    }

    #take(): string | undefined {
      const text = this.#text;
      this.#text = undefined;
      return text;
    }
  }

  return (text, init) => new TextResponse(text, init);
}
