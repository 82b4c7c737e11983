/** For workerd: runs a schedule of the socket tests. */

import { runSchedule } from "../sockets/target.ts";

const worker: { fetch(request: Request): Promise<Response> } = {
  fetch: async (request) =>
    Response.json(await runSchedule(await request.json())),
};

export default worker;
