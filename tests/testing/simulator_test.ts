/** The simulator as a whole: seeds, webhooks, clocks. */

import { createSimulator } from "@offpeak/openai-batch/testing";
import { assert, options, test } from "../_support/prelude.ts";
import {
  chatLines,
  clientOf,
  createBatch,
  finish,
  linesOf,
  runBatch,
  start,
  upload,
} from "./_simulator.ts";

const HOUR = 60 * 60 * 1000;

const CHAT = "/v1/chat/completions";

test(
  "a seed replays a run exactly, another gives another",
  options,
  async () => {
    const play = async (seed: number) => {
      const sim = createSimulator({
        seed,
        faults: { "429": 0.1, "500": 0.1, expired: 0.3, missing_lines: 0.3 },
      });
      const client = clientOf(sim);
      const persist = async <T>(call: () => Promise<T>): Promise<T> => {
        for (;;) {
          try {
            return await call();
          } catch {
            await sim.clock.sleep(5_000);
          }
        }
      };
      await Promise.all([1, 2, 3, 4].map(async (n) => {
        const file = await persist(() => upload(client, chatLines(n * 10)));
        const { id } = await persist(() =>
          client.batches.create({
            input_file_id: file.id,
            endpoint: CHAT,
            completion_window: "24h",
          })
        );
        await persist(() => finish(sim, client, id));
      }));
      const { files, batches, requests, calls } = sim.ledger;
      return { files, batches, requests, calls };
    };
    const first = await play(7);
    assert.deepEqual(await play(7), first);
    assert.notDeepEqual((await play(8)).calls, first.calls);
  },
);

test(
  "webhooks come when a batch ends, signed as the official client checks it",
  options,
  async () => {
    const { sim, client } = start();
    const events: {
      type: string;
      id: string;
      at: number;
      webhookId: string;
    }[] = [];
    let arrived = (): void => {};
    sim.onWebhook(async (request) => {
      const event = await client.webhooks.unwrap(
        await request.text(),
        request.headers,
        sim.webhookSecret,
        10 * 365 * 24 * 60 * 60,
      );
      if (!("id" in event.data)) return;
      const webhookId = request.headers.get("webhook-id")!;
      events.push({
        type: event.type,
        id: event.data.id,
        at: event.created_at,
        webhookId,
      });
      arrived();
    });
    const next = (count: number) =>
      new Promise<void>((resolve) => {
        arrived = () => events.length >= count && resolve();
        arrived();
      });

    const completed = await createBatch(client, chatLines(3));
    await next(1);
    const failed = await createBatch(client, [{}]);
    await next(2);
    const cancelled = await createBatch(client, chatLines(3));
    await client.batches.cancel(cancelled.id);
    await next(3);

    assert.deepEqual(
      events.map(({ type, id }) => [type, id]),
      [
        ["batch.completed", completed.id],
        ["batch.failed", failed.id],
        ["batch.cancelled", cancelled.id],
      ],
    );
    const [first] = sim.ledger.batches;
    assert.equal(events[0]!.at, first!.completed_at);
    assert.equal(new Set(events.map(({ webhookId }) => webhookId)).size, 3);
  },
);

test(
  "an expired batch sends a webhook too, with a secret of one's own",
  options,
  async () => {
    const webhookSecret = "whsec_bXkgb3duIHNlY3JldA==";
    const { sim, client } = start({ faults: { expired: 1 }, webhookSecret });
    const delivery = new Promise<Request>((resolve) => sim.onWebhook(resolve));
    await createBatch(client, chatLines(3));
    const request = await delivery;
    const event = await client.webhooks.unwrap(
      await request.text(),
      request.headers,
      webhookSecret,
      10 * 365 * 24 * 60 * 60,
    );
    assert.equal(event.type, "batch.expired");
  },
);

test(
  "without a webhook handler an idle simulator leaves time alone",
  options,
  async () => {
    const { sim, client } = start();
    await createBatch(client, chatLines(3));
    const now = sim.clock.now();
    for (let i = 0; i < 50; i++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.equal(sim.clock.now(), now);
  },
);

test("a clock of one's own is used as it is", options, async () => {
  let now = Date.UTC(2030, 0, 1);
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  const { sim, client } = start({ clock });
  const file = await upload(client, chatLines(1));
  assert.equal(new Date(file.created_at * 1000).getUTCFullYear(), 2030);
  await sim.clock.advance(HOUR);
  assert.equal(now, sim.options.clock.now());
});

test("ten thousand requests are answered once each", options, async () => {
  const world = start({ respond: () => "ok" });
  const batch = await runBatch(world, chatLines(10_000));
  assert.equal(batch.request_counts!.completed, 10_000);
  const lines = await linesOf(world.client, batch.output_file_id);
  assert.equal(new Set(lines.map((line) => line.custom_id)).size, 10_000);
  assert.equal(world.sim.ledger.requests.length, 10_000);
});
