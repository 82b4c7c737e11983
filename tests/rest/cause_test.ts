/** What each runtime says of a call that failed, and whether anything was sent. */

import { causeOf, isUnsent, whyForbidden } from "../../src/rest/_cause.ts";
import { assert, options, test } from "../_support/prelude.ts";

/** An error in another one, as `fetch` throws it. */
function failed(cause: object): TypeError {
  return new TypeError("fetch failed", { cause });
}

const UNSENT: Record<string, object> = {
  ECONNREFUSED: { code: "ECONNREFUSED" },
  ENOTFOUND: { code: "ENOTFOUND" },
  EAI_AGAIN: { code: "EAI_AGAIN" },
  ENETUNREACH: { code: "ENETUNREACH" },
  EHOSTUNREACH: { code: "EHOSTUNREACH" },
  UND_ERR_CONNECT_TIMEOUT: { code: "UND_ERR_CONNECT_TIMEOUT" },
  ConnectionRefused: { code: "ConnectionRefused" },
  FailedToOpenSocket: { code: "FailedToOpenSocket" },
  CERT_HAS_EXPIRED: { code: "CERT_HAS_EXPIRED" },
  ERR_TLS_CERT_ALTNAME_INVALID: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  SELF_SIGNED_CERT_IN_CHAIN: { code: "SELF_SIGNED_CERT_IN_CHAIN" },
  "a lookup": { code: "ETIMEDOUT", syscall: "getaddrinfo" },
  "a connect": { code: "ETIMEDOUT", syscall: "connect" },
  "Deno's words": { message: "client error (Connect): tcp connect error" },
};

for (const [name, cause] of Object.entries(UNSENT)) {
  test(`nothing was sent before ${name}`, options, () => {
    assert.equal(isUnsent(failed(cause)), true);
    assert.equal(isUnsent(failed({ message: "", cause })), true);
  });
}

const PERHAPS_SENT: Record<string, object> = {
  ECONNRESET: { code: "ECONNRESET" },
  "a code that only begins alike": { code: "ECONNREFUSED_LATER" },
  "a code that only ends alike": { code: "NOT_ECONNREFUSED" },
  "a lower-case code": { code: "cert_has_expired" },
  "a read": { code: "ECONNREFUSED", syscall: "read" },
  "other words of Deno": { message: "client error (SendRequest)" },
  "no words": {},
};

for (const [name, cause] of Object.entries(PERHAPS_SENT)) {
  test(`something may have been sent before ${name}`, options, () => {
    assert.equal(isUnsent(failed(cause)), false);
  });
}

test("causes are looked through to the eighth, and no further", options, () => {
  const nested = (depth: number): object =>
    depth === 0
      ? { code: "ECONNREFUSED" }
      : { message: "", cause: nested(depth - 1) };
  assert.equal(isUnsent(nested(7)), true);
  assert.equal(isUnsent(nested(8)), false);
});

const KEY = "sk-1";

const CAUSES: [said: unknown, cause: string][] = [
  [failed({ code: "ECONNRESET" }), "ECONNRESET"],
  [{ code: "no code" }, ""],
  [{ message: "tcp: Connection refused (os error 111)" }, "ECONNREFUSED"],
  [{ message: "dns error: no record" }, "ENOTFOUND"],
  [{ message: "Failed to lookup address information" }, "ENOTFOUND"],
  [{ message: "Connection reset by peer" }, "ECONNRESET"],
  [{ message: "Broken pipe" }, "EPIPE"],
  [{ message: "No route to host" }, "EHOSTUNREACH"],
  [{ message: "Network is unreachable" }, "ENETUNREACH"],
  [new SyntaxError("Unexpected token S in SECRET"), "SyntaxError"],
  [new TypeError("terminated\nat x"), "TypeError: terminated"],
  [new Error(`with ${KEY} twice ${KEY}`), "Error: with *** twice ***"],
  [new Error("GET https://api.openai.com/v1 broke"), "Error: GET  broke"],
  [new Error("sending for url (https://a.b/c)"), "Error: sending"],
  [{ name: 5, message: "x" }, "x"],
  [{ name: "Odd" }, "Odd"],
  ["a text", "a text"],
  [new Error("x".repeat(300)), `Error: ${"x".repeat(200)}`],
];

for (const [said, cause] of CAUSES) {
  const name = String((said as Error)?.message ?? JSON.stringify(said));
  test(
    `the cause of ${name.slice(0, 50)} is ${cause.slice(0, 30)}`,
    options,
    () => {
      assert.equal(causeOf(said, KEY), cause);
    },
  );
}

test("a program without permission for the network is told so", options, () => {
  for (
    const denied of [
      { name: "NotCapable", message: "no" },
      { name: "PermissionDenied", message: "no" },
      { code: "ERR_ACCESS_DENIED", message: "no" },
    ]
  ) assert.equal(whyForbidden(failed(denied)), "no");
  assert.equal(
    whyForbidden(failed({ name: "Other", message: "no" })),
    undefined,
  );
});
