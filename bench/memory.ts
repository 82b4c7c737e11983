/**
 * Peak memory of the upload of a part of 200 MB, and of downloads of 200 MB
 * and of 1 GB. Each is measured in a process of its own.
 *
 * @module
 */

import { median, print } from "./_figure.ts";
import type { Peak } from "./_memory.ts";
import { runScript, runtime, scriptBeside, startServer } from "./_process.ts";

const PART = 200;

const server = await startServer();
const script = scriptBeside("_peak_of.ts");

/** The middle one of three. */
async function peakOf(...work: string[]): Promise<Peak> {
  const peaks: Peak[] = [];
  for (let i = 0; i < 3; i++) {
    peaks.push(await runScript<Peak>(script, [server.baseURL, ...work]));
  }
  const peak = median(peaks.map(({ peak }) => peak));
  return peaks.find((one) => one.peak === peak)!;
}

const upload = await peakOf("upload");
print({
  name: "memory of an upload",
  value: (upload.peak - upload.idle) / PART,
  limit: runtime === "Bun" ? 4 : 3,
  unit: "×",
  detail: `idle ${upload.idle} MB, peak ${upload.peak} MB, part ${PART} MB`,
});

const short = await peakOf("download", "200");
const long = await peakOf("download", "1000");
print({
  name: "memory of a download",
  value: long.peak / short.peak,
  limit: 1.2,
  unit: "×",
  detail: `200 MB: peak ${short.peak} MB, 1 GB: peak ${long.peak} MB`,
});
server.stop();
