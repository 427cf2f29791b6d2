import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connectRedis } from "../../src/adapters/redis.ts";
import { StoreUnavailable } from "../../src/core/ports.ts";

const access = { url: "https://redis.test", token: "secret-token" };

type Answer = (signal: AbortSignal | null | undefined) => Promise<Response>;

/** Stands in for the network: each request gets the next answer. */
function network(...answers: Answer[]) {
  const left = [...answers];
  const asked = vi.fn<typeof fetch>((_, init) => {
    const answer = left.shift();
    return answer ? answer(init?.signal) : Promise.reject(new Error("one request too many"));
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}

const pong = async () => Response.json({ result: Buffer.from("PONG").toString("base64") });
const refused = async () => Response.json({ error: "ERR no" }, { status: 400 });
const broken = () => Promise.reject(new TypeError("fetch failed"));
const silent: Answer = (signal) =>
  new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });

const ping = () => connectRedis(access)((redis) => redis.ping());

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  // A pending timer would keep an object from hibernating.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a command", () => {
  test("is sent once when it is answered", async () => {
    const asked = network(pong);
    expect(await ping()).toBe("PONG");
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("is sent again at once when the way broke", async () => {
    const asked = network(broken, pong);
    expect(await ping()).toBe("PONG");
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("is given up when the way breaks again", async () => {
    const asked = network(broken, broken);
    await expect(ping()).rejects.toThrow(StoreUnavailable);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("is not sent again when Redis refused it", async () => {
    const asked = network(refused);
    await expect(ping()).rejects.toThrow(StoreUnavailable);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("STORE-8 is given up within two seconds when nobody answers, and not sent again", async () => {
    const asked = network(silent);
    const began = Date.now();
    const outcome = expect(ping()).rejects.toThrow(StoreUnavailable);
    await vi.advanceTimersToNextTimerAsync();
    await outcome;
    expect(Date.now() - began).toBeLessThan(2_000);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("STORE-8 is given up within two seconds when the second attempt is not answered", async () => {
    network(broken, silent);
    const began = Date.now();
    const outcome = expect(ping()).rejects.toThrow(StoreUnavailable);
    await vi.advanceTimersToNextTimerAsync();
    await outcome;
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  test("tells neither its token nor its command in what goes wrong", async () => {
    network(refused);
    const command = connectRedis(access)((redis) => redis.set("user:ann", "her profile"));
    const error = (await command.catch((thrown: unknown) => thrown)) as StoreUnavailable;
    expect(error.message).toBe("UpstashError: ERR no");
  });
});
