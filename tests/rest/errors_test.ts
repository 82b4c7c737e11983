/** What an error tells of a refusal. */

import { assert, options, test } from "../_support/prelude.ts";
import { caught, json, script } from "../_support/scripted.ts";

const BATCH = {
  input_file_id: "file-1",
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
} as const;

test(
  "an error body of any shape becomes an APIError with texts in it",
  options,
  async () => {
    const bodies = [
      "",
      "<html>Bad Gateway</html>",
      "null",
      "[]",
      '"no"',
      '{"error":"no"}',
      '{"error":null}',
      '{"detail":[{"msg":"no"}]}',
      '{"error":{"message":null,"code":null}}',
      '{"error":{"message":["no"],"type":7,"param":[],"code":400}}',
      '[{"error":{"message":"no","code":400}}]',
    ];
    for (const body of bodies) {
      const { client } = script(() => new Response(body, { status: 422 }));
      const error = await caught(() => client.files.retrieve("file-1"));
      const { name, status, message, code, type, param } = error as Record<
        string,
        unknown
      >;
      assert.deepEqual(
        { name, status },
        { name: "APIError", status: 422 },
        body,
      );
      assert.match(String(message), /^422 /, body);
      assert.equal(typeof code, "string", body);
      for (const text of [type, param]) {
        assert.ok(text === undefined || typeof text === "string", body);
      }
    }
  },
);

test(
  "an error has the answer's code, parameter, request id and headers",
  options,
  async () => {
    const error = {
      message: "Invalid value.",
      type: "invalid_request_error",
      param: "endpoint",
      code: "invalid_value",
    };
    const { client } = script(() =>
      json({ error }, 400, { "x-request-id": "req_1" })
    );
    await assert.rejects(client.batches.create(BATCH), (thrown: unknown) => {
      const { status, code, type, param, requestId, headers, ambiguous } =
        thrown as Record<string, unknown>;
      assert.deepEqual(
        { status, code, type, param, requestId, ambiguous },
        {
          status: 400,
          code: "invalid_value",
          type: "invalid_request_error",
          param: "endpoint",
          requestId: "req_1",
          ambiguous: false,
        },
      );
      assert.equal((headers as Headers).get("x-request-id"), "req_1");
      return true;
    });
  },
);

test(
  "a FastAPI server's 422 says what is wrong, without the value that was",
  options,
  async () => {
    const loc = ["body", "completion_window"];
    const msg = "Input should be '24h'";
    for (const detail of [[{ loc, msg, input: "secret" }], msg]) {
      const { client } = script(() => json({ detail }, 422));
      await assert.rejects(client.batches.create(BATCH), (error: Error) => {
        assert.match(error.message, /^422 .*Input should be '24h'$/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
  },
);
