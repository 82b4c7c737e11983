/**
 * From rows to requests.
 *
 * @module
 */

import type { BatchRequest, Endpoint } from "../../mod.ts";
import { UsageError } from "../messages/errors.ts";
import type { Row, Table } from "../table/table.ts";
import { openPicture } from "./picture.ts";
import {
  checkColumn,
  readTemplate,
  type Template,
  textOf,
} from "./template.ts";

/** What to ask about each row. */
export interface Prompt {
  /** The text, with places. */
  text?: string | undefined;
  /** What goes before it as a system message, with places too. */
  system?: string | undefined;
  /** The column with a picture. */
  image?: string | undefined;
  /** The column with the id. */
  id?: string | undefined;
  /** The endpoint. */
  endpoint: string;
}

/** A row's request, or why it has none. */
export type Made =
  | { request: BatchRequest<Endpoint>; bytes: number; problem?: undefined }
  | { problem: string };

/** Makes requests of rows. */
export class RequestMaker {
  readonly #table: Table;
  readonly #prompt: Prompt;
  readonly #text: Template;
  readonly #system: Template | undefined;
  readonly #isResponses: boolean;

  /**
   * @param table Has the rows.
   * @param prompt What to ask.
   * @throws {UsageError} If the endpoint takes no such prompt.
   */
  constructor(table: Table, prompt: Prompt) {
    const { text = "", system, endpoint, image } = prompt;
    this.#table = table;
    this.#prompt = prompt;
    this.#text = readTemplate(text, table);
    this.#system = system === undefined
      ? undefined
      : readTemplate(system, table);
    this.#isResponses = endpoint.endsWith("/responses");
    const isChat = endpoint.endsWith("/chat/completions");
    if (isChat || this.#isResponses) return;
    const option = image !== undefined ? "--image" : "--system";
    if (image === undefined && system === undefined) return;
    throw new UsageError(
      `${option} needs an endpoint that takes messages: /v1/chat/completions or /v1/responses, not ${endpoint}`,
    );
  }

  /**
   * Checks that the input has all columns that are named.
   *
   * @throws {UsageError} If one is not.
   */
  checkColumns(): void {
    const { image, id } = this.#prompt;
    const asked: [option: string, names: readonly string[]][] = [
      ["--prompt", this.#text.columns],
      ["--system", this.#system?.columns ?? []],
      ["--image", image === undefined ? [] : [image]],
      ["--id", id === undefined ? [] : [id]],
    ];
    for (const [option, names] of asked) {
      for (const name of names) checkColumn(option, name, this.#table);
    }
  }

  /**
   * The id of a row.
   *
   * @param row The row.
   * @returns The value in the column of ids, else the row's number; "" if that is empty.
   */
  idOf(row: Row): string {
    const { id } = this.#prompt;
    if (id === undefined) return String(row.index);
    return textOf(this.#table.valueOf(row, id));
  }

  /**
   * Makes a request. Pictures are checked, and only read if `readPictures` says so.
   *
   * @param row The row.
   * @param readPictures Whether the request is to be sent.
   * @returns The request, or why there is none.
   */
  make(row: Row, readPictures: boolean): Made {
    const id = this.idOf(row);
    if (id === "") return { problem: `has no id in ${this.#prompt.id}` };
    const text = this.#text.render(row);
    const { image } = this.#prompt;
    if (image === undefined && this.#system === undefined) {
      if (text === "") return { problem: "has an empty prompt" };
      return {
        request: { id, content: text } as BatchRequest<Endpoint>,
        bytes: 0,
      };
    }
    const parts: unknown[] = text === "" ? [] : [this.#textPart(text)];
    let bytes = 0;
    if (image !== undefined) {
      const place = textOf(this.#table.valueOf(row, image));
      if (place === "") return { problem: `has no picture in ${image}` };
      const picture = openPicture(place, this.#table.folder);
      if (picture.problem !== undefined) return { problem: picture.problem };
      bytes = picture.length;
      parts.push(this.#picturePart(readPictures ? picture.url() : "data:,"));
    }
    const content = image === undefined ? text : parts;
    const user = { role: "user", content };
    const messages = this.#system === undefined
      ? [user]
      : [{ role: "system", content: this.#system.render(row) }, user];
    const request = { id, content: messages };
    return { request: request as BatchRequest<Endpoint>, bytes };
  }

  #textPart(text: string): unknown {
    return { type: this.#isResponses ? "input_text" : "text", text };
  }

  #picturePart(url: string): unknown {
    return this.#isResponses
      ? { type: "input_image", image_url: url }
      : { type: "image_url", image_url: { url } };
  }
}
