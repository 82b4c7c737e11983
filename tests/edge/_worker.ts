/** For workerd: a module. */

import { answer } from "./_function.ts";

const worker: { fetch: typeof answer } = { fetch: answer };

export default worker;
