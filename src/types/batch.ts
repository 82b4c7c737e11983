/**
 * The objects of the files and batches endpoints, field by field as on the
 * wire.
 *
 * @module
 */

import type { Endpoint } from "./endpoints.ts";
import type { Open } from "./platform.ts";

/**
 * A batch's status. `completed`, `failed`, `expired` and `cancelled` are
 * terminal. Compatible servers have others ("scheduling") or capitals.
 */
export type BatchStatus = Open<
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled"
>;

/** Tokens, in the words of `Batch.usage`. Chat's prompt and completion tokens are renamed to these. */
export interface Usage {
  /** Tokens read, the cached ones included. */
  input_tokens: number;
  /** Tokens written, the reasoning ones included. */
  output_tokens: number;
  /** Both together. */
  total_tokens: number;
  /** What kinds of input tokens there were. A batch's sum has the cached ones only. */
  input_tokens_details?: {
    /** Came from the prompt cache. */
    cached_tokens: number;
    /** Images among the cached ones. */
    cached_tokens_details?: { image_tokens?: number };
    /** Were written to the prompt cache: from gpt-5.6 on. */
    cache_write_tokens?: number;
    /** For how long they were written. */
    cache_write_tokens_details?: {
      ttl_30m_tokens?: number;
      ttl_12h_tokens?: number;
    };
    /** Images. */
    image_tokens?: number;
    /** Audio. */
    audio_tokens?: number;
  };
  /** What kinds of output tokens there were. */
  output_tokens_details?: {
    /** Reasoning. */
    reasoning_tokens: number;
    /** Images. */
    image_tokens?: number;
    /** Audio. */
    audio_tokens?: number;
  };
}

/** Why a batch is `failed`. */
export interface BatchError {
  /** For programs, such as "model_not_found". */
  code?: string;
  /** For people. */
  message?: string;
  /** The parameter that is wrong. */
  param?: string | null;
  /** 1, 2, …: the line of the input file; `null` if it is about the whole file. */
  line?: number | null;
}

/** All that is wrong with a batch. */
export interface BatchErrors {
  /** Always "list". */
  object?: string;
  /** One entry per bad line, or one for the whole file. */
  data?: BatchError[];
}

/** The requests of a batch, by outcome. */
export interface BatchRequestCounts {
  /** All of them; 0 while the batch is validated. */
  total: number;
  /** Those that were answered. */
  completed: number;
  /** Those that failed. */
  failed: number;
}

/** OpenAI's object that runs one input file. Absent fields are usually `null`. */
export interface Batch {
  /** `batch_…` */
  id: string;
  /** Always "batch". */
  object: "batch";
  /** The endpoint that every line asks. */
  endpoint: string;
  /** The model that ran it, often a dated snapshot. */
  model?: string | null;
  /** Its status. */
  status: BatchStatus;
  /** "24h" at OpenAI. */
  completion_window: string;
  /** The file of request lines. */
  input_file_id: string;
  /** The file of output lines; none if no request succeeded. It may appear some time after `completed`. */
  output_file_id?: string | null;
  /** The file of error lines; none, "" or an empty file if no request failed. */
  error_file_id?: string | null;
  /** Unix seconds. */
  created_at: number;
  /** Unix seconds. */
  in_progress_at?: number | null;
  /** Unix seconds. What is not answered by then ends as `batch_expired`. */
  expires_at?: number | null;
  /** Unix seconds. */
  finalizing_at?: number | null;
  /** Unix seconds. */
  completed_at?: number | null;
  /** Unix seconds. */
  failed_at?: number | null;
  /** Unix seconds. */
  expired_at?: number | null;
  /** Unix seconds. */
  cancelling_at?: number | null;
  /** Unix seconds. */
  cancelled_at?: number | null;
  /** Why a batch is `failed`: one entry per bad line, or one for the whole file. */
  errors?: BatchErrors | null;
  /** Requests by outcome; total is 0 while the batch is validated. */
  request_counts?: BatchRequestCounts | null;
  /** Tokens of all its requests; on batches created after 2025-09-07. */
  usage?: Usage | null;
  /** Up to 16 pairs of the caller's. */
  metadata?: Record<string, string> | null;
}

/** The body of `POST /batches`. */
export interface BatchCreateParams {
  /** A file uploaded with the purpose "batch". */
  input_file_id: string;
  /** The endpoint of every line in it. */
  endpoint: Endpoint;
  /** OpenAI takes "24h" only; compatible servers more. */
  completion_window: Open<"24h">;
  /** Up to 16 pairs: keys up to 64 characters, values up to 512. */
  metadata?: Record<string, string> | null | undefined;
  /** When the output and the error file are deleted: 3,600 to 2,592,000 seconds after they were created. @default 30 days */
  output_expires_after?: { anchor: "created_at"; seconds: number } | undefined;
}

/** A file at OpenAI. */
export interface FileObject {
  /** `file-…` */
  id: string;
  /** Always "file". */
  object: "file";
  /** Its size. */
  bytes: number;
  /** Unix seconds. */
  created_at: number;
  /** Unix seconds; batch files live 30 days unless told otherwise. */
  expires_at?: number | null;
  /** As given at the upload. */
  filename: string;
  /** "batch" for input files, "batch_output" for output and error files. */
  purpose: string;
  /** Deprecated: "uploaded", "processed" or "error". */
  status?: string;
  /** Deprecated. */
  status_details?: string | null;
}

/** What `POST /files` takes. */
export interface FileCreateParams {
  /** The bytes. A `File` brings its name; a `Blob` is called "batch.jsonl". */
  file: Blob | File;
  /** What the file is for. */
  purpose: Open<"batch">;
  /** When it is deleted: 3,600 to 2,592,000 seconds after its creation. @default 30 days */
  expires_after?: { anchor: "created_at"; seconds: number } | undefined;
}
