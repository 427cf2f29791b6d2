import { afterEach, describe, expect, it, vi } from "vitest";
import { iceProvider, turnCredential, type IceSettings } from "../../src/adapters/ice-servers.ts";
import { mintAppToken } from "../../src/http/app-token.ts";
import { ask } from "../support/ask.ts";
import { connect, someone } from "../support/client.ts";
import { logIn } from "../support/guests.ts";
import { signToken } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();
afterEach(() => {
  vi.unstubAllGlobals();
});

const STUN = { urls: ["stun:stun.cloudflare.com:3478"] };
const OWN = {
  TURN_URLS: "turn:t.test:3478, turns:t.test:443, turn:t.test:53",
  TURN_SECRET: "test-secret",
};
const CLOUD: IceSettings = {
  TURN_URLS: [],
  TURN_KEY_ID: "key",
  TURN_KEY_API_TOKEN: "token",
  TURN_BASE_URL: "https://turn.test",
  TURN_TTL_SECONDS: 600,
  STUN_URLS: STUN.urls,
};

/** Lets Cloudflare answer. */
function cloudflare(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const request = new Request(url, init);
    requests.push(request.clone());
    return answer(request);
  });
  return requests;
}

describe("GET /ice-servers", () => {
  it("ICE-1 answers users and apps, nobody else, and is never kept", async () => {
    const app = await mintAppToken("demo", "test-secret", Date.now() / 1_000);
    const user = await signToken({ sub: "alice" });
    for (const query of [`token=${user}`, `token=${app}`, "user_id=alice", "id=alice"]) {
      const response = await ask(`/ice-servers?${query}`, {});
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(await response.json()).toEqual({ iceServers: [STUN], ttl: 3_600 });
    }
    expect(await (await ask("/ice-servers", {})).text()).toBe("Missing token\n");
    const bad = await ask("/ice-servers?token=x", {});
    expect([bad.status, await bad.text()]).toEqual([401, "Invalid token\n"]);
  });

  it("ICE-1 refuses guests, and takes a bad guest token for a bad token", async () => {
    const { token } = await (await logIn('{"username":"zoe"}')).json<{ token: string }>();
    for (const headers of [{ authorization: `Bearer ${token}` }, {}]) {
      const query = "authorization" in headers ? "" : `?token=${token}`;
      const response = await ask(`/ice-servers${query}`, {}, { headers });
      expect([response.status, await response.text()]).toEqual([403, "Forbidden\n"]);
      expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    }
    const bad = await ask(`/ice-servers?token=${token.slice(0, -4)}AAAA`, {});
    expect([bad.status, await bad.text()]).toEqual([401, "Invalid token\n"]);
  });

  it("ICE-2 gives credentials of an own TURN server to its user, without blocked ports", async () => {
    expect(await turnCredential("test-secret", "1900000000:alice")).toBe(
      "gZ0o8gTHBOiv7a49VqTRzS0cep4=",
    );
    const app = await mintAppToken("demo", "test-secret", Date.now() / 1_000);
    for (const [query, user] of [
      ["user_id=alice", "alice"],
      [`token=${app}`, "app:demo"],
    ] as const) {
      const response = await ask(`/ice-servers?${query}`, { ...OWN, TURN_TTL_SECONDS: "600" });
      const { iceServers, ttl } = await response.json<{
        iceServers: { urls: string[]; username?: string; credential?: string }[];
        ttl: number;
      }>();
      const [stun, turn] = iceServers;
      expect([stun, ttl]).toEqual([STUN, 600]);
      expect(turn?.urls).toEqual(["turn:t.test:3478", "turns:t.test:443"]);
      const [expiry, ...rest] = String(turn?.username).split(":");
      expect(rest.join(":")).toBe(user);
      expect(Math.abs(Number(expiry) - Date.now() / 1_000 - 600)).toBeLessThan(30);
      expect(turn?.credential).toBe(await turnCredential("test-secret", String(turn?.username)));
    }
  });

  it("ICE-3 asks Cloudflare, and leaves out what browsers block", async () => {
    const requests = cloudflare(() =>
      Response.json(
        {
          iceServers: [
            { urls: ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"] },
            {
              urls: [
                "turn:turn.cloudflare.com:3478?transport=udp",
                "turn:turn.cloudflare.com:53?transport=udp",
              ],
              username: "u",
              credential: "c",
            },
          ],
        },
        { status: 201 },
      ),
    );
    expect(await iceProvider(CLOUD, () => {})("alice")).toEqual({
      iceServers: [
        STUN,
        { urls: ["turn:turn.cloudflare.com:3478?transport=udp"], username: "u", credential: "c" },
      ],
      ttl: 600,
    });
    const [request] = requests;
    expect(request?.url).toBe(
      "https://turn.test/v1/turn/keys/key/credentials/generate-ice-servers",
    );
    expect(request?.headers.get("authorization")).toBe("Bearer token");
    expect(await request?.json()).toEqual({ ttl: 600 });
  });

  it.each([
    ["refuses", () => new Response("no", { status: 403 })],
    ["answers nonsense", () => new Response("{", { status: 201 })],
    ["answers something else", () => Response.json({ iceServers: [5] }, { status: 201 })],
    ["cannot be reached", () => Promise.reject(new TypeError("down"))],
  ])("ICE-4 answers what is left, and says so, when Cloudflare %s", async (_, answer) => {
    cloudflare(answer);
    const lines: unknown[] = [];
    const give = iceProvider(CLOUD, (level, event) => lines.push([level, event]));
    expect(await give("alice")).toEqual({ iceServers: [STUN], ttl: 600, degraded: true });
    expect(lines).toEqual([["warn", "turn.failed"]]);
  });

  it("ICE-4 waits two seconds for Cloudflare, and leaves no timer behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let asked = () => {};
    const began = new Promise<void>((resolve) => (asked = resolve));
    vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) => {
      asked();
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      });
    });
    const answer = iceProvider(CLOUD, () => {})("alice");
    await began;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await answer).toMatchObject({ degraded: true });
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it.each([
    [{}, "off"],
    [OWN, "configured"],
    [{ TURN_KEY_ID: "a", TURN_KEY_API_TOKEN: "b" }, "configured"],
    [{ TURN_URLS: "turn:t.test" }, "invalid"],
    [{ TURN_KEY_API_TOKEN: "b" }, "invalid"],
  ])("ICE-7 are told of by the health page: %j is %s", async (vars, turn) => {
    const headers = { accept: "application/json" };
    const answer = await (await ask("/health", vars, { headers })).json();
    expect(answer).toMatchObject({ dependencies: { turn } });
  });

  it("ICE-5 lets an address ask 60 times a minute", async () => {
    const headers = { "cf-connecting-ip": crypto.randomUUID() };
    const statuses: number[] = [];
    for (let n = 0; n < 61; n += 1) {
      statuses.push((await ask("/ice-servers?user_id=a", {}, { headers })).status);
    }
    expect(statuses.slice(0, 60)).toEqual(Array.from({ length: 60 }, () => 200));
    expect(statuses.at(-1)).toBe(429);
  });

  it("ICE-6 are also given on a socket", async () => {
    const client = await connect(someone("user"));
    client.send("ice.get", {}, { ref: "r" });
    expect(await client.nextMessage("ice.servers")).toEqual({
      type: "ice.servers",
      payload: { iceServers: [STUN], ttl: 3_600 },
      ref: "r",
    });
    for (let n = 1; n < 60; n += 1) client.send("ice.get");
    client.send("ice.get");
    const answers = await client.settled();
    expect(answers.filter(({ type }) => type === "ice.servers")).toHaveLength(59);
    expect(answers.at(-1)?.payload).toMatchObject({ code: "rate_limited", retry_after: 60 });
  });
});
