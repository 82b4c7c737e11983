/** What Ctrl-C says on a terminal, where bars are drawn again and again. */

import { main } from "@offpeak/openai-batch/cli";
import { createSimulator } from "@offpeak/openai-batch/testing";
import { MODEL, PROMPTS } from "../../_support/cli.ts";
import { assert, options, test } from "../../_support/prelude.ts";
import { attachTerminal } from "../../_support/terminal.ts";

test(
  "what both Ctrl-C say stays on the screen, unbroken words and all, while bars are drawn below",
  options,
  async (t) => {
    const terminal = attachTerminal(t, 60);
    const sim = createSimulator();
    let press = () => {};
    let presses = 0;
    /** Twice, once bars are there. */
    const fetch: typeof sim.fetch = async (input, init) => {
      const response = await sim.fetch(input, init);
      const isSent = sim.ledger.batches.length === 3;
      for (; isSent && presses < 2; presses++) press();
      return response;
    };
    const say = (text: string) => Promise.resolve(terminal.write(text));
    const argv = ["run", "-", "--prompt={line}", ...MODEL, "--batch-size=2"];
    const code = await main([...argv, "--job=j", "--yes"], {
      stdin: new Blob([PROMPTS.join("\n")]).stream(),
      stdout: { isTerminal: false, write: () => Promise.resolve() },
      stderr: { isTerminal: true, columns: 60, write: say },
      isInteractive: true,
      env: (name) => name === "NO_COLOR" ? "1" : undefined,
      onInterrupt: (listener) => {
        press = listener;
        return () => {};
      },
      client: { ...sim.options, fetch },
    });
    assert.equal(code, 1);
    const { screen } = terminal;
    const left = screen.indexOf(
      "Leaving in 2 seconds; the job keeps running at OpenAI.",
    );
    const cancelled = screen.indexOf(
      "Cancelling. OpenAI may take up to 10 minutes to end the",
    );
    const bar = screen.findIndex((line) => line.startsWith("Processing: 100%"));
    assert.ok(left > 0, screen.join("\n"));
    assert.ok(cancelled > left, screen.join("\n"));
    assert.ok(bar > cancelled, screen.join("\n"));
    assert.match(screen.join(" "), /and what was answered is written\. /);
  },
);
