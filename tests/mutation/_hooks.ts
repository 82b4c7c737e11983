/** Puts `_kept.ts` in the place of `node:test`, for all but itself. */

import { registerHooks } from "node:module";

const own = new URL("_kept.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "node:test" || context.parentURL === own) {
      return next(specifier, context);
    }
    return { url: own, shortCircuit: true };
  },
});
