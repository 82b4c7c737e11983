/**
 * How servers write files, batches and refusals.
 *
 * @module
 */

import type { Batch } from "../../mod.ts";
import { reply } from "./reply.ts";
import type { Fields, ServerState } from "./server_state.ts";

const DATES = /_at$/;

/** How one server writes what it answers. */
export class Words {
  readonly #state: ServerState;

  constructor(state: ServerState) {
    this.#state = state;
  }

  /** The body of an answer of the simulator. */
  read(response: Response): Promise<Fields> {
    return this.#state.clock.hold(response.json());
  }

  /** The same answer with another body. */
  answer({ status, headers }: Response, body: Fields): Response {
    const { clock, coverage, oddities } = this.#state;
    if (status !== 404) return reply(clock, status, body, headers);
    if (oddities.says410) coverage.count("410");
    return reply(clock, this.gone, body, headers);
  }

  refusal(status: number, message: string): Response {
    const error = { message, code: null };
    return reply(this.#state.clock, status, { error });
  }

  /** What it says of what is not there. */
  get gone(): number {
    return this.#state.oddities.says410 ? 410 : 404;
  }

  file(file: Fields): Fields {
    return this.#dated(file);
  }

  batch(batch: Fields): Fields {
    if (batch.object !== "batch") return batch;
    const { noMetadata, noCounts, capitals, noFileId } = this.#state.oddities;
    const refused = this.#state.refused.get(String(batch.id));
    const odd = { ...batch };
    if (refused) {
      odd.input_file_id = refused.fileId;
      if (batch.status === "failed") odd.errors = refused.errors;
    }
    if (odd.errors) odd.errors = this.#errors(odd.errors as Fields);
    if (this.#areFilesLate(batch as unknown as Batch)) {
      Object.assign(odd, { output_file_id: null, error_file_id: null });
    }
    if (noMetadata) odd.metadata = null;
    if (noCounts) odd.request_counts = null;
    if (capitals) odd.status = oddStatus(String(batch.status));
    for (const name of ["output_file_id", "error_file_id"]) {
      odd[name] ??= noFileId;
    }
    return this.#dated(odd);
  }

  #errors(errors: Fields): unknown {
    const { errorsAs } = this.#state.oddities;
    if (!errorsAs) return errors;
    const data = errors.data as Fields[];
    this.#state.coverage.count(`errors as ${errorsAs}`);
    return errorsAs === "list" ? [null, ...data] : { data: data[0] };
  }

  /** Only first batches: the follow-up is what it is about. */
  #areFilesLate({ metadata, ...batch }: Batch): boolean {
    const { clock, oddities: { filesLate } } = this.#state;
    if (!filesLate || !metadata?.offpeak?.includes(".r0.")) return false;
    const end = batch.completed_at ?? batch.expired_at ?? batch.cancelled_at;
    return clock.now() < (end ?? Infinity) * 1_000 + filesLate;
  }

  #dated(body: Fields): Fields {
    if (!this.#state.oddities.isoDates) return body;
    const entries = Object.entries(body).map(([name, value]) =>
      DATES.test(name) && typeof value === "number"
        ? [name, new Date(value * 1_000).toISOString()]
        : [name, value]
    );
    return Object.fromEntries(entries);
  }
}

function oddStatus(status: string): string {
  return status === "validating" ? "scheduling" : status.toUpperCase();
}
