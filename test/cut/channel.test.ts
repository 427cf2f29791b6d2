import { abortAllDurableObjects, evictAllDurableObjects } from "cloudflare:test";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hear, publish, say, someChannel, stranger } from "../support/channels.ts";
import { someone, type Client } from "../support/client.ts";
import { ResumingClient } from "../support/resuming-client.ts";
import { dial } from "../support/resuming.ts";
import { withVariables } from "../support/variables.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** A subscriber that follows a channel over connections, as docs/writing-a-client.md describes it. */
class Follower {
  readonly channel: string;
  readonly payloads: number[] = [];
  readonly gaps: boolean[] = [];
  #client: Client | undefined;
  #since: { epoch: string; offset: number } | undefined;

  constructor(channel: string) {
    this.channel = channel;
  }

  async connect(): Promise<void> {
    const client = await stranger("follower");
    this.#client = client;
    const since = this.#since;
    say(client, "subscribe", { channel: this.channel, listen: ["broadcast"], since, ref: "s" });
    const ack = await hear(client, "ack");
    this.gaps.push(since !== undefined && ack["recovered"] !== true);
    if (ack["recovered"] !== true) this.#reached(ack);
    void this.#follow(client);
  }

  async drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.lose();
  }

  /** Resolves when the event of that offset has come. */
  async reached(offset: number): Promise<void> {
    while ((this.#since?.offset ?? 0) < offset)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async #follow(client: Client): Promise<void> {
    for (;;) {
      const event = await hear(client, "broadcast");
      if (client !== this.#client) return;
      const { offset = 0 } = this.#since ?? {};
      // In order, each once, nothing left out.
      if (event["offset"] !== offset + 1) this.payloads.push(Number.NaN);
      this.payloads.push(Number(event["payload"]));
      this.#reached(event);
    }
  }

  #reached({ epoch, offset }: Record<string, unknown>): void {
    this.#since = { epoch: String(epoch), offset: Number(offset) };
  }
}

describe("recovery", () => {
  it("CHAN-6 whatever drops in whatever order, each subscriber has all in order once, or is told", async () => {
    withVariables({ CHANNEL_HISTORY_SIZE: "6" });
    const act = fc.constantFrom("publish", "publish", "burst", "drop", "connect", "evict");
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 14 }), async (acts) => {
        const channel = someChannel();
        const steady = new Follower(channel);
        const wavering = new Follower(channel);
        await steady.connect();
        await wavering.connect();
        let isHere = true;
        let sent = 0;
        let missed = 0;
        let isWhole = true;
        const under: Promise<unknown>[] = [];
        for (const each of acts) {
          if (each === "publish" || each === "burst") {
            const count = each === "burst" ? 5 : 1;
            for (let n = 0; n < count; n += 1) under.push(publish(channel, (sent += 1)));
            await Promise.all(under.splice(0));
            if (!isHere) missed += count;
          } else if (each === "drop" && isHere) {
            await wavering.reached(sent);
            await wavering.drop();
            isHere = false;
            missed = 0;
          } else if (each === "connect" && !isHere) {
            await wavering.connect();
            isWhole &&= missed <= 6;
            expect(wavering.gaps.at(-1)).toBe(missed > 6);
            isHere = true;
          } else if (each === "evict") await evictAllDurableObjects();
        }
        if (!isHere) {
          await wavering.connect();
          isWhole &&= missed <= 6;
        }
        under.push(publish(channel, (sent += 1)));
        await Promise.all(under);
        await Promise.all([steady.reached(sent), wavering.reached(sent)]);
        const all = Array.from({ length: sent }, (_, n) => n + 1);
        expect(steady.payloads.toSorted((a, b) => a - b)).toEqual(all);
        expect(wavering.payloads).not.toContain(Number.NaN);
        if (isWhole) expect(wavering.payloads.toSorted((a, b) => a - b)).toEqual(all);
      }),
      { numRuns: 12 },
    );
  });
});

describe("a subscriber that resumes", () => {
  /** Every way in which a connection, or an object, can be cut. */
  const cuts: Record<string, (client: ResumingClient) => Promise<unknown>> = {
    "its socket": (client) => client.cut(),
    "all objects, reset": async (client) => {
      client.forget();
      await abortAllDurableObjects();
      await client.connect();
    },
    "all objects, with their sockets": async (client) => {
      client.forget();
      await evictAllDurableObjects({ webSockets: "close" });
      await client.connect();
    },
    "all objects, hibernating": () => evictAllDurableObjects(),
  };

  it.each(Object.entries(cuts))(
    "CUT-2 loses no event of a channel and gets none twice, cut at every event: %s",
    async (_, cut) => {
      for (let at = 0; at <= 6; at += 1) {
        const channel = someChannel();
        const client = new ResumingClient(someone("ann"), "d", dial);
        let received = 0;
        let cutting: Promise<unknown> | undefined;
        client.onEvent = () => {
          received += 1;
          if (received === at) cutting = cut(client);
        };
        await client.connect();
        if (at === 0) cutting = cut(client);
        await client.ask("subscribe", { channel, listen: ["broadcast", "presence"] });
        await client.ask("presence_join", { channel });
        for (let n = 1; n <= 4; n += 1) {
          if (n % 2 === 0) await client.ask("broadcast", { channel, payload: n });
          else await publish(channel, n);
        }
        const payloads = () =>
          client.events
            .filter(({ type }) => type === "broadcast")
            .map((event) => (event as unknown as { payload: number }).payload);
        while (payloads().length < 4) await new Promise((resolve) => setTimeout(resolve, 1));
        await cutting;
        expect(payloads()).toEqual([1, 2, 3, 4]);
        const numbers = client.events.map(({ seq }) => seq);
        expect(numbers).toEqual(numbers.map((_number, index) => index + 1));
        const resumed = client.welcomes.slice(1).map((welcome) => welcome["resumed"]);
        expect(resumed.every(Boolean)).toBe(true);
        const joins = client.events.filter(({ type }) => type.startsWith("presence_"));
        expect(joins.map(({ type }) => type)).toEqual(["presence_sync", "presence_join"]);
      }
    },
  );
});
