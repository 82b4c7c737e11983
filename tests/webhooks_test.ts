import {
  isBatchEvent,
  isResponseEvent,
  verifyWebhook,
  type WebhookDelivery,
  WebhookError,
  type WebhookEvent,
} from "@offpeak/openai-batch/webhooks";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { assert, options, test } from "./_support/prelude.ts";

const SECRET = "whsec_" + btoa("a secret of thirty-two bytes, or so");

const NOW = Date.UTC(2026, 10, 21);

const EVENT = {
  id: "evt_1",
  object: "event",
  type: "batch.completed",
  created_at: NOW / 1000,
  data: { id: "batch_1" },
};

const BODY = JSON.stringify(EVENT);

interface Signing {
  body?: string;
  secret?: string;
  raw?: boolean;
  id?: string;
  at?: number;
}

/** A delivery that the `standardwebhooks` package has signed. */
function sign(
  { body = BODY, secret = SECRET, raw, id = "wh_1", at = NOW }: Signing = {},
): { headers: Record<string, string>; body: string } {
  const signer = new Webhook(secret, raw ? { format: "raw" } : undefined);
  return {
    headers: {
      "webhook-id": id,
      "webhook-timestamp": `${Math.floor(at / 1000)}`,
      "webhook-signature": signer.sign(id, new Date(at), body),
    },
    body,
  };
}

/** "ok", or the code of the error. */
async function verdict(
  delivery: WebhookDelivery | Request,
  options: { secret?: string; now?: number; tolerance?: number } = {},
): Promise<string> {
  const { secret = SECRET, ...times } = options;
  try {
    await verifyWebhook(delivery, secret, { now: NOW, ...times });
    return "ok";
  } catch (error) {
    assert.ok(error instanceof WebhookError, String(error));
    assert.equal(error.name, "WebhookError");
    return error.code;
  }
}

test(
  "what the standardwebhooks package signs is verified, as a request and as its parts",
  options,
  async () => {
    const { headers, body } = sign();
    const request = new Request("http://localhost/", {
      method: "POST",
      headers,
      body,
    });
    for (const delivery of [{ headers, body }, request]) {
      const event = await verifyWebhook(delivery, SECRET, { now: NOW });
      assert.deepEqual(event, EVENT);
      assert.ok(isBatchEvent(event));
    }
  },
);

test("the time is the platform's by default", options, async () => {
  const delivery = sign({ at: Date.now() });
  assert.deepEqual(await verifyWebhook(delivery, SECRET), EVENT);
});

test(
  "any body and any secret go both ways between the standardwebhooks package and us",
  options,
  async () => {
    const secrets = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((key) =>
      "whsec_" + btoa(String.fromCharCode(...key))
    );
    const texts = fc.string({ unit: "binary", maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(secrets, texts, async (secret, text) => {
        const body = JSON.stringify({ ...EVENT, more: text });
        const event = await verifyWebhook(sign({ body, secret }), secret, {
          now: NOW,
        });
        assert.deepEqual(event, { ...EVENT, more: text });
      }),
      { numRuns: 100 },
    );
  },
);

test("a secret without whsec_ is taken as it is", options, async () => {
  const secret = "no base64: ü";
  const raw = String.fromCharCode(...new TextEncoder().encode(secret));
  const delivery = sign({ secret: raw, raw: true });
  assert.equal(await verdict(delivery, { secret }), "ok");
  assert.equal(await verdict(delivery, { secret: "other" }), "bad_signature");
});

test(
  "one signature of several has to fit, others and later versions are passed over",
  options,
  async () => {
    const delivery = sign();
    const good = delivery.headers["webhook-signature"]!;
    const other = sign({ secret: "whsec_b3RoZXI=" })
      .headers["webhook-signature"]!;
    const verdictOf = (signatures: string) =>
      verdict({
        ...delivery,
        headers: { ...delivery.headers, "webhook-signature": signatures },
      });
    assert.equal(await verdictOf(`${other} ${good}`), "ok");
    assert.equal(await verdictOf(`v1a,AAAA v2,é ${good}`), "ok");
    assert.equal(await verdictOf(good.slice("v1,".length)), "ok");
    assert.equal(await verdictOf(`${other} ${other}`), "bad_signature");
    assert.equal(await verdictOf("v1,"), "bad_signature");
    const many = Array(32).fill(other).join(" ");
    assert.equal(await verdictOf(`${many} ${good}`), "bad_signature");
  },
);

test(
  "while secrets rotate, the old and the new one are good",
  options,
  async () => {
    const old = "whsec_b2xk";
    const secret = `${SECRET} ${old}`;
    assert.equal(await verdict(sign(), { secret }), "ok");
    assert.equal(await verdict(sign({ secret: old }), { secret }), "ok");
    const stranger = sign({ secret: "whsec_c3RyYW5nZXI=" });
    assert.equal(await verdict(stranger, { secret }), "bad_signature");
  },
);

test(
  "a Headers of another realm, or of a library, is one too",
  options,
  async () => {
    const { headers, body } = sign();
    const own = new Headers(headers);
    class Headers2 {
      get(name: string): string | null {
        return own.get(name);
      }
    }
    const foreign = new Headers2() as Headers;
    assert.ok(!(foreign instanceof Headers));
    assert.equal(await verdict({ headers: foreign, body }), "ok");
    own.delete("webhook-id");
    assert.equal(await verdict({ headers: foreign, body }), "missing_header");
    // A header may have that name.
    const plain = { ...headers, get: "x" };
    assert.equal(await verdict({ headers: plain, body }), "ok");
  },
);

test(
  "headers are found in any case, in lists, and each one is needed",
  options,
  async () => {
    const { headers, body } = sign();
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name.toUpperCase(),
        [value],
      ]),
    );
    assert.equal(await verdict({ headers: upper, body }), "ok");
    assert.equal(await verdict({ headers: new Headers(headers), body }), "ok");
    for (const name of Object.keys(headers)) {
      const rest = { ...headers, [name]: undefined };
      assert.equal(await verdict({ headers: rest, body }), "missing_header");
    }
  },
);

test(
  "a delivery is good within the tolerance before and after, to the second",
  options,
  async () => {
    const at = (seconds: number, tolerance?: number) =>
      verdict(sign(), {
        now: NOW + seconds * 1000,
        ...(tolerance === undefined ? {} : { tolerance }),
      });
    assert.equal(await at(300), "ok");
    assert.equal(await at(-300), "ok");
    assert.equal(await at(301), "bad_timestamp");
    assert.equal(await at(-301), "bad_timestamp");
    assert.equal(await at(0, 0), "ok");
    assert.equal(await at(2, 1), "bad_timestamp");
    for (const timestamp of ["", "soon", "NaN", "1e3", "-1", "12x"]) {
      const { headers, body } = sign();
      const changed = { ...headers, "webhook-timestamp": timestamp };
      const code = timestamp ? "bad_timestamp" : "missing_header";
      assert.equal(await verdict({ headers: changed, body }), code);
    }
  },
);

test(
  "whatever is changed in a delivery, it is refused",
  options,
  async () => {
    const { headers, body } = sign();
    const parts: Record<string, string> = { ...headers, body };
    // Of the last digits of base64 some bits mean nothing.
    const lengthOf = (name: string) =>
      name === "webhook-signature" ? 42 : parts[name]!.length;
    const change = fc.constantFrom(...Object.keys(parts)).chain((name) =>
      fc.record({
        name: fc.constant(name),
        at: fc.nat(lengthOf(name) - 1),
        char: fc.constantFrom(..."0aA+/ .,{"),
      })
    );
    await fc.assert(
      fc.asyncProperty(change, async ({ name, at, char }) => {
        const text = parts[name]!;
        const index = (name === "webhook-signature" ? "v1,".length : 0) + at;
        fc.pre(text[index] !== char);
        const changed = text.slice(0, index) + char + text.slice(index + 1);
        const { body, ...headers } = { ...parts, [name]: changed };
        const delivery = { headers, body: body! };
        assert.notEqual(await verdict(delivery, { tolerance: Infinity }), "ok");
      }),
      { numRuns: 500 },
    );
  },
);

test("a signed body that isn't an event is refused", options, async () => {
  const bodies = [
    "",
    "no json",
    "null",
    "[]",
    '"text"',
    JSON.stringify({ ...EVENT, id: 1 }),
    JSON.stringify({ ...EVENT, type: undefined }),
    JSON.stringify({ ...EVENT, created_at: "now" }),
    JSON.stringify({ ...EVENT, data: null }),
    JSON.stringify({ ...EVENT, data: {} }),
    JSON.stringify({ ...EVENT, type: "response.completed", data: {} }),
  ];
  for (const body of bodies) {
    assert.equal(await verdict(sign({ body })), "bad_body", body);
  }
});

for (const how of ["completed", "failed", "cancelled", "incomplete"]) {
  test(`response.${how} is an event about a response`, options, async () => {
    const sent = { ...EVENT, type: `response.${how}`, data: { id: "resp_1" } };
    const event = await verifyWebhook(
      sign({ body: JSON.stringify(sent) }),
      SECRET,
      { now: NOW },
    );
    assert.ok(isResponseEvent(event) && !isBatchEvent(event));
    assert.equal(event.data.id, "resp_1");
    const odd = { ...sent, type: `response.${how}.soon` };
    assert.ok(!isResponseEvent(odd as WebhookEvent));
  });
}

test("events about other things are given too", options, async () => {
  const call = {
    ...EVENT,
    type: "realtime.call.incoming",
    data: { call_id: "rtc_1" },
  };
  const event: WebhookEvent = await verifyWebhook(
    sign({ body: JSON.stringify(call) }),
    SECRET,
    { now: NOW },
  );
  assert.ok(!isBatchEvent(event));
  assert.deepEqual(event as unknown, call);
  const odd = { ...EVENT, type: "batch.completed.soon" };
  assert.ok(!isBatchEvent(odd as WebhookEvent));
});

test(
  "wrong arguments are refused, and no message holds a secret",
  options,
  async () => {
    const delivery = sign();
    for (const secret of ["", " ", "whsec_", "whsec_ü", `${SECRET} other`]) {
      const error = await verifyWebhook(delivery, secret).catch((e) => e);
      assert.ok(error instanceof TypeError, secret);
      assert.ok(!error.message.includes("ü"));
    }
    const wrong: object[] = [{ tolerance: NaN }, { tolerance: -1 }, {
      now: NaN,
    }, { now: "soon" }];
    for (const options of wrong) {
      await assert.rejects(
        verifyWebhook(delivery, SECRET, options),
        RangeError,
      );
    }
    await assert.rejects(
      verifyWebhook(delivery, SECRET, { tolerence: 1 } as object),
      TypeError,
    );
    await assert.rejects(
      verifyWebhook({ ...delivery, body: EVENT as never }, SECRET, {
        now: NOW,
      }),
      TypeError,
    );
  },
);
