/**
 * What the simulator answers when it refuses a call.
 *
 * @module
 */

import type { APIErrorBody } from "../types/lines.ts";

/** The parts of an error body that are not always the same. */
export interface HttpErrorInit {
  /** @default "invalid_request_error" */
  type?: string;
  /** @default null */
  param?: string | null;
  /** @default null */
  code?: string | null;
  /** Response headers. */
  headers?: Record<string, string>;
}

/** A call that is refused: the HTTP status and the body's `error`. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly error: APIErrorBody;

  constructor(status: number, message: string, init: HttpErrorInit = {}) {
    super(message);
    this.status = status;
    this.headers = init.headers ?? {};
    this.error = {
      message,
      type: init.type ?? "invalid_request_error",
      param: init.param ?? null,
      code: init.code ?? null,
    };
  }
}

/** 400 for a parameter that is not there. */
export function missingParameter(param: string): HttpError {
  return new HttpError(400, `Missing required parameter: '${param}'.`, {
    param,
    code: "missing_required_parameter",
  });
}

/** 400 for a value that is not one of those supported. */
export function invalidValue(
  param: string,
  value: unknown,
  supported: readonly string[],
): HttpError {
  const list = supported.map((value) => `'${value}'`).join(", ");
  return new HttpError(
    400,
    `Invalid value: '${value}'. Supported values are: ${list}.`,
    { param, code: "invalid_value" },
  );
}

/** An integer within its bounds, or a 400. */
export function checkInteger(
  param: string,
  value: unknown,
  min: number,
  max: number,
): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new HttpError(
      400,
      `Invalid type for '${param}': expected an integer.`,
      {
        param,
        code: "invalid_type",
      },
    );
  }
  if (value < min) {
    throw new HttpError(
      400,
      `Invalid '${param}': integer below minimum value. Expected a value >= ${min}, but got ${value} instead.`,
      { param, code: "integer_below_min_value" },
    );
  }
  if (value > max) {
    throw new HttpError(
      400,
      `Invalid '${param}': integer above maximum value. Expected a value <= ${max}, but got ${value} instead.`,
      { param, code: "integer_above_max_value" },
    );
  }
  return value;
}
