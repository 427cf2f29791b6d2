import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { ask, askSocket, PRODUCTION, type Vars } from "../support/ask.ts";
import { Client, connect, request, someone, upgrade } from "../support/client.ts";
import { breakRedis } from "../support/redis-control.ts";
import { now, signToken } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

const watched = watchEachTest();
const TEXT = "text/plain; charset=utf-8";
const accept = { accept: "text/plain, application/json;q=0.9" };

describe("GET /health", () => {
  it("HTTP-1 says OK, in a word or by dependency", async () => {
    const word = await request("/health");
    expect(word.status).toBe(200);
    expect(await word.text()).toBe("OK");
    expect(word.headers.get("content-type")).toBe(TEXT);
    const json = await request("/health", { headers: accept });
    expect(json.status).toBe(200);
    expect(json.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await json.json()).toMatchObject({ status: "ok", dependencies: { redis: "ok" } });
  });

  it.each(["refuse", "lose-answer", "hang"] as const)(
    "HTTP-1 says within seconds that Redis is down (%s)",
    async (fault) => {
      // No command of a call is so short that it contains this.
      await breakRedis(fault, "PING");
      await breakRedis(fault, "ping");
      const began = performance.now();
      const word = await request("/health");
      expect(performance.now() - began).toBeLessThan(3_500);
      expect(word.status).toBe(503);
      expect(await word.text()).toBe("Redis unhealthy\n");
      expect(word.headers.get("content-type")).toBe(TEXT);
      const json = await request("/health", { headers: accept });
      expect(json.status).toBe(503);
      expect(await json.json()).toMatchObject({
        status: "unavailable",
        dependencies: { redis: "down" },
      });
    },
  );

  it("HTTP-1 is that path and method alone, and needs no token", async () => {
    expect((await ask("/health", PRODUCTION)).status).toBe(200);
    for (const [method, path] of [
      ["POST", "/health"],
      ["GET", "/health/"],
      ["GET", "/Health"],
    ] as const) {
      const response = await request(path, { method });
      expect([response.status, await response.text()]).toEqual([404, "404 page not found"]);
    }
  });
});

describe("POST /dev/token", () => {
  const mint = (body: unknown, vars: Vars = {}) =>
    ask("/dev/token", vars, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  it("HTTP-4 mints a token whose user and profile others see", async () => {
    const user = someone("user");
    const profile = { name: "Anna", username: "anna", image_profile: "https://img.example/a.png" };
    const response = await mint({ user_id: user, ...profile, device: "phone", unknown: 5 });
    expect(response.status).toBe(200);
    const body: { token: string } = await response.json();
    expect(Object.keys(body)).toEqual(["token"]);
    const claims = JSON.parse(atob(body.token.split(".")[1] ?? "")) as Record<string, unknown>;
    expect(claims).toMatchObject({ hash: user, ...profile, device: "phone" });
    expect(Number(claims["exp"]) - now()).toBeGreaterThan(12 * 3_600 - 10);
    expect(Number(claims["exp"]) - now()).toBeLessThanOrEqual(12 * 3_600);

    const { webSocket } = await upgrade(`token=${body.token}`);
    const caller = new Client(user, webSocket as WebSocket);
    const callee = await connect(someone("callee"));
    caller.send("call.start", { callee_id: callee.user });
    expect(await callee.next("call.ring")).toMatchObject({
      caller_info: { user_id: user, ...profile },
    });
    expect((await upgrade(`token=${body.token}&device=tablet`)).status).toBe(401);
  });

  it("HTTP-4 says what is wrong with a request", async () => {
    const bodies = [
      ...["", "x", "[]", "null", '"anna"', "{"],
      ...[
        {},
        { user_id: "" },
        { user_id: "guest:anna" },
        { user_id: 5 },
        { user_id: "a", name: 5 },
        { user_id: "a", device: "" },
      ],
      { user_id: "a", device: "x".repeat(129) },
    ];
    for (const body of bodies) {
      const response = await mint(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: expect.any(String) as string });
    }
  });

  it("HTTP-4 is not there outside development, nor by another method", async () => {
    for (const vars of [PRODUCTION, { ...PRODUCTION, ENVIRONMENT: undefined }]) {
      const response = await mint({ user_id: "anna" }, vars);
      expect([response.status, await response.text()]).toEqual([404, "404 page not found"]);
    }
    expect((await request("/dev/token")).status).toBe(404);
  });
});

describe("faults and floods", () => {
  it("HTTP-5 tells of a fault without detail, and logs it without the token", async () => {
    vi.spyOn(env.USER, "getByName").mockImplementation(() => {
      throw new TypeError("secret detail");
    });
    const token = await signToken({ sub: someone("user") });
    const response = await upgrade(`token=${token}`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("Internal server error\n");
    expect(response.headers.get("content-type")).toBe(TEXT);
    const log = watched.takeLog("defect");
    expect(log).toHaveLength(1);
    expect(JSON.stringify(log)).toContain("secret detail");
    expect(JSON.stringify(log)).not.toContain(token);
  });

  it.each([
    ["/dev/token", 60],
    ["/ws", 600],
  ])(
    "HTTP-6 lets an address ask for %s at least %i times a minute, then says when to come again",
    async (path, limit) => {
      const address = { "cf-connecting-ip": crypto.randomUUID() };
      const init = { method: path === "/ws" ? "GET" : "POST", headers: address };
      let passed = 0;
      let refused: Response | undefined;
      // A minute of the platform's counter may begin in between, so that twice as many pass.
      while (!refused && passed <= 2 * limit) {
        const responses = await Promise.all(Array.from({ length: 20 }, () => request(path, init)));
        refused = responses.find(({ status }) => status === 429);
        passed += responses.filter(({ status }) => status !== 429).length;
      }
      expect(passed).toBeGreaterThanOrEqual(limit);
      expect(refused?.status).toBe(429);
      expect(await refused?.text()).toBe("Too many requests\n");
      expect(refused?.headers.get("content-type")).toBe(TEXT);
      expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
      const other = { ...init, headers: { "cf-connecting-ip": crypto.randomUUID() } };
      expect((await request(path, other)).status).not.toBe(429);
    },
  );

  it("HTTP-6 limits nothing where the binding is missing", async () => {
    const response = await askSocket(`user_id=${someone("user")}`, { SOCKET_LIMIT: undefined });
    expect(response.status).toBe(101);
  });
});
