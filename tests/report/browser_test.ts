/**
 * The report in a real browser: nothing in it runs, nothing is fetched, the
 * console stays empty. Needs a Chromium: CHROMIUM names one, else Debian's is
 * taken. Without one the tests are skipped, and say so. Node drives it for all.
 *
 * @module
 */

import { existsSync } from "node:fs";
import process from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";
import type { JobBatch, Result } from "@offpeak/openai-batch";
import { reportOf } from "@offpeak/openai-batch/report";
import { after, before } from "node:test";
import { assert, test } from "../_support/prelude.ts";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const isNode = !("Deno" in globalThis) && !("Bun" in globalThis);
const skip = !isNode
  ? "Node drives the browser"
  : !existsSync(executablePath) && "there is no Chromium: set CHROMIUM";
const options = { skip, timeout: 60_000 };

const EVIL = [
  "<script>document.title = 'run'</script><img src=x onerror='document.title=1'>",
  "<a href='javascript:document.title=2'>click</a> javascript:alert(1)",
  "\u202Eturned round\u202C \u2067 שלום \u200F",
  "</pre></article></main></body><style>*{display:none}</style><h1>gone",
  "x".repeat(10_000_000),
];

function pageOf(texts: string[]): string {
  const results = texts.map((output, index) => ({
    ...{ ok: true, id: output.slice(0, 99), index, attempts: 1, via: "batch" },
    ...{
      lane: "batch",
      batchId: "b",
      output,
      outputs: [output],
      model: output,
    },
    usage: { input_tokens: 9 ** index, output_tokens: 7, total_tokens: 8 },
  })) as unknown as Result[];
  const batches = [{
    ...{ id: "b", object: "batch", status: "completed", part: 0, round: 0 },
    ...{
      created_at: 0,
      in_progress_at: 9,
      finalizing_at: 80,
      completed_at: 90,
    },
  }] as unknown as JobBatch[];
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const cost = { cost: 1, standardCost: 2, saving: 1 };
  const row = { model: texts[0]!, lane: "batch", requests: 5 };
  const models = [{ ...row, ...usage, ...cost }];
  return reportOf({ results, batches, usage: { ...usage, ...cost, models } });
}

/** The only address that may be asked for. */
const URL = "http://report.test/";

let browser: Browser;

before(async () => {
  if (skip) return;
  const args = ["--no-sandbox", "--disable-gpu"];
  browser = await chromium.launch({ executablePath, args });
});

after(async () => {
  await browser?.close();
});

/** Opens a report, and takes note of all that a page can do. */
async function open(
  texts: string[],
  colorScheme: "light" | "dark" = "light",
  width = 1280,
): Promise<{ page: Page; heard: string[] }> {
  const viewport = { width, height: 900 };
  const page = await browser.newPage({ viewport, colorScheme });
  const heard: string[] = [];
  page.on("console", (message) => heard.push(message.text()));
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("dialog", (dialog) => heard.push(dialog.message()));
  page.on("request", (request) => {
    if (request.url() !== URL) heard.push(request.url());
  });
  const html = pageOf(texts);
  await page.route(
    "**",
    (route) => route.fulfill({ contentType: "text/html", body: html }),
  );
  await page.goto(URL);
  return { page, heard };
}

test(
  "answers with tags, scripts, links, turned text and 10 MB do nothing in a browser",
  options,
  async () => {
    const { page, heard } = await open(EVIL);
    assert.deepEqual(heard, []);
    assert.equal(await page.title(), "Batch job");
    assert.equal(await page.locator("script, img, a, h1 ~ h1").count(), 0);
    const shown = await page.locator("article pre").allInnerTexts();
    assert.equal(shown.length, EVIL.length);
    for (const text of EVIL.slice(0, 4)) {
      assert.ok(shown.some((one) => one.trim() === text.trim()), text);
    }
    assert.ok(await page.locator("h2", { hasText: "Cost" }).isVisible());
    await page.close();
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [390, 1280]) {
    test(
      `nothing sticks out of the page at ${width} pixels, ${colorScheme}`,
      options,
      async () => {
        const { page } = await open(EVIL, colorScheme, width);
        const widths = await page.evaluate(
          "[document.documentElement.scrollWidth, innerWidth]",
        ) as [number, number];
        assert.ok(widths[0] <= widths[1], `${widths}`);
        await page.close();
      },
    );
  }
}

test(
  "what the bars show, the tables say to a screen reader",
  options,
  async () => {
    const { page } = await open(["yes"]);
    const tree = await page.locator("main").ariaSnapshot();
    assert.match(tree, /heading "Batches"/);
    assert.match(tree, /columnheader "Took"/);
    assert.match(tree, /img "Share of results over time: Half of/);
    await page.close();
  },
);
