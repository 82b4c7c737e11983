/**
 * Says what is being done if it takes long.
 *
 * @module
 */

import type { Call } from "../commands/command.ts";

/** How long to say nothing, ms. */
const PATIENCE = 1_000;

/**
 * Waits for some work.
 *
 * @param call The command.
 * @param work What is done.
 * @param text What to say after a second.
 * @returns What the work gives.
 */
export async function tellIfSlow<T>(
  { reporter }: Call,
  work: Promise<T>,
  text: string,
): Promise<T> {
  const timer = setTimeout(() => {
    void reporter.tell(text, { type: "waiting", message: text });
  }, PATIENCE);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
