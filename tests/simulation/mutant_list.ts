/**
 * Faults that the engine could have: each changes one place.
 *
 * @module
 */

/** One change of one file. */
export interface Mutant {
  name: string;
  /** Who has to notice. @default the simulation */
  seenBy?: "sockets";
  file: string;
  from: string;
  to: string;
}

/** What the simulation, or the socket schedules, must notice. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a create is repeated blindly",
    file: "src/rest/batches.ts",
    from: 'repeat: "if_refused"',
    to: 'repeat: "always"',
  },
  {
    name: "error files are skipped",
    file: "src/job/read/part_answers.ts",
    from: "const isNeeded = isOutput ||",
    to: "const isNeeded = isOutput || this.done &&",
  },
  {
    name: "a late file id is read as none",
    file: "src/job/read/part_answers.ts",
    from: "if (!leavesNothing && round.seenAt < certainAt) {",
    to:
      "if (!leavesNothing && resultFilesOf(batch).length > 0 && round.seenAt < certainAt) {",
  },
  {
    name: "a truncated download is accepted",
    file: "src/job/read/result_file.ts",
    from: "const wrong = file && whatIsWrong(file, received);",
    to: "const wrong = undefined;",
  },
  {
    name: "the cancel marker is ignored",
    file: "src/job/state/marks.ts",
    from: 'if (this.stopped !== "cancelled") this.stopped = mark.kind;',
    to: "",
  },
  {
    name: "a void batch counts",
    file: "src/job/state/batch.ts",
    from: 'if (statusOf(batch) !== "failed") return undefined;',
    to: "if (batch) return undefined;",
  },
  {
    name: "missing lines are filed again at once",
    file: "src/job/read/part_answers.ts",
    from: "const SETTLE = 600_000;",
    to: "const SETTLE = 0;",
  },
  {
    name: "a round is built without the earlier answers",
    file: "src/job/send/encode_round.ts",
    from: "if (!again) return undefined;",
    to: "if (!again) return line;",
  },
  {
    name: "the lag of lists is ignored on a restart",
    file: "src/job/send/batch_creator.ts",
    from: "own.startedAt + services.settleTime;",
    to: "own.startedAt;",
  },
  {
    name: "a queue that is full costs an attempt",
    file: "src/job/read/part_answers.ts",
    from: "yield* this.#closeRound(part, context);",
    to: `yield* this.#closeRound(part, {
      ...context,
      answers: {
        ...context.answers,
        maxAttempts: context.answers.maxAttempts - round.voids.length,
      },
    });`,
  },
  {
    name: "an index is that of another id",
    file: "src/job/read/outcomes.ts",
    from: "index: this.requests.indexOf(place),",
    to: "index: this.requests.indexOf(0),",
  },
  {
    name: "the answers of a duplicate are dropped",
    file: "src/job/read/part_answers.ts",
    from: "for (const batch of part.rounds[number]?.batches ?? []) {",
    to: "for (const batch of part.rounds[number]?.batches.slice(0, 1) ?? []) {",
  },
  {
    name: "a lack of credit costs an attempt",
    file: "src/job/read/outcomes.ts",
    from: "Math.min(result.attempts, maxAttempts) - 1",
    to: "result.attempts",
  },
  {
    name: "reading goes on by the number of the line",
    file: "src/job/read/result_file.ts",
    from: "yield* download(files, id, options, received);",
    to: `
    let number = 0;
    const before = progress as unknown as { number?: number };
    for await (const line of download(files, id, options, received)) {
      if (++number <= (before.number ?? 0)) continue;
      before.number = number;
      yield line;
    }`,
  },
  {
    name: "a step needs no claim to create",
    file: "src/job/send/due.ts",
    from: "if (now >= certainAt || hasClaim) return undefined;",
    to: "if (now >= 0) return undefined;",
  },
  {
    name: "a stopped job does not wait for what is not listed yet",
    file: "src/job/read/reader.ts",
    from: "(part.isQuiet ? stopReason.error : undefined)",
    to: "stopReason.error",
  },
  {
    name: "two steps are made at once",
    file: "src/job/engine.ts",
    from: "this.#lastStep.then(() => this.#limitedStep(limits))",
    to: "this.#limitedStep(limits)",
  },
  {
    name: "a step reads what is being handed out",
    file: "src/job/engine.ts",
    from: "if (!this.deliveries.isOpen) await this.#settle(part);",
    to: "await this.#settle(part);",
  },
  {
    name: "the server's dates are taken for this clock's",
    file: "src/job/state/job_clock.ts",
    from: "this.#leads.push(date - this.#clock.now());",
    to: "this.#leads.push(0);",
  },
  {
    name: "the slices of a part overlap",
    file: "src/job/send/later_rounds.ts",
    from: "first = slice.last + 1;",
    to: "first = slice.last;",
  },
  {
    name: "one date is trusted",
    file: "src/job/state/job_clock.ts",
    from: "if (this.#leads.length > ANSWERS) this.#leads.shift();",
    to: "this.#leads.splice(0, this.#leads.length - 1);",
  },
  {
    name: "a list without data is believed",
    file: "src/rest/shape.ts",
    from: "if (!Array.isArray(items)) return undefined;",
    to: "if (!Array.isArray(items)) return { ...value, data: [] };",
  },
  {
    name: "what came as an input file is taken, whatever it is",
    file: "src/job/read/input_file.ts",
    from: "if (count === expected && ids.length === expected) return;",
    to: "if (expected >= 0) return;",
  },
  {
    name: "a list is believed that an ended batch runs",
    file: "src/job/state/round.ts",
    from: "if (known && saysLess(batch, known.batch)) return known.batch;",
    to: "",
  },
  {
    name: "a list is believed that there are no files",
    file: "src/job/read/part_answers.ts",
    from: "if (await this.#doubt(part, round, context)) continue;",
    to: "round.batches.forEach((batch) => round.see(batch, false));",
  },
  {
    name: "a batch is gone that is not known yet",
    file: "src/job/look/remote_view.ts",
    from: "if (!isYoung) this.#parts.lose(batch);",
    to: "this.#parts.lose(batch);",
  },
  {
    name: "a batch gets the pairs of two callers",
    file: "src/job/send/create_batch.ts",
    from: "...ownPairs(batch.metadata ?? input.example?.metadata),",
    to: "...ownPairs({ ...input.example?.metadata, ...batch.metadata }),",
  },
  {
    name: "what no rule knows is asked again for ever",
    file: "src/results/verdict.ts",
    from: "const UNKNOWN_TRIES = 2;",
    to: "const UNKNOWN_TRIES = 9;",
  },
  {
    name: "a body that is a text is not read",
    file: "src/results/to_result.ts",
    from: "parseObject(body) ?? body",
    to: "body",
  },
  {
    name: "an error line is taken for the last word",
    file: "src/job/read/outcomes.ts",
    from: ": !said || worthOf(result) > worthOf(said);",
    to: ": !said;",
  },
  {
    name: "lines of a later file are taken for those of the first one",
    file: "src/job/read/asked_lines.ts",
    from: "if (this.#number === 0) {",
    to: "if (this.#number >= 0) {",
  },
  {
    name: "what is paid behind an error line is not counted",
    file: "src/job/read/outcomes.ts",
    from: "if (before === ANSWER && (isFinal",
    to: "if (before > 0 && (isFinal",
  },
  {
    name: "a list must go on behind every batch",
    file: "src/job/look/refresh.ts",
    from: "if (!mayBeLost(error)) throw error;",
    to: "throw error;",
  },
  {
    name: "the body of a POST is a text",
    seenBy: "sockets",
    file: "src/rest/transport.ts",
    from: "new Blob([JSON.stringify(body)])",
    to: "JSON.stringify(body)",
  },
  {
    name: "a direct call whose connection broke is no attempt",
    seenBy: "sockets",
    file: "src/direct/call.ts",
    from: 'if (code === "unreachable")',
    to: 'if (code === "unreachable" || code === "connection")',
  },
];
