/**
 * A doctor for servers: finds out whether one behaves as this module expects, with
 * two tiny files and one batch that is cancelled at once.
 *
 * ```ts
 * import { diagnose, diagnosisTable } from "@offpeak/openai-batch/doctor";
 * import { createSimulator } from "@offpeak/openai-batch/testing";
 *
 * const { options } = createSimulator(); // or { baseURL, apiKey }
 * const diagnosis = await diagnose({ ...options, model: "gpt-4o-mini" });
 * console.log(diagnosis.ok, diagnosisTable(diagnosis));
 * ```
 *
 * @module
 */

export { diagnose, diagnosisTable } from "./doctor.ts";
export type { Check, Diagnosis, DoctorOptions } from "./doctor.ts";
