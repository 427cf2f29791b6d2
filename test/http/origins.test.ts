import { describe, expect, it } from "vitest";
import { ask, askSocket } from "../support/ask.ts";
import { request, someone, upgrade } from "../support/client.ts";
import { watchEachTest } from "../support/workerd.ts";

const watched = watchEachTest();
const ALLOWED = "https://app.example";
const LIST = { CORS_ALLOWED_ORIGINS: ` ${ALLOWED} , http://localhost:5173` };
const FOREIGN = [
  "https://evil.example",
  "http://app.example",
  `${ALLOWED}:444`,
  `${ALLOWED}.evil.example`,
  "null",
];

const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin");

describe("what browsers of other origins may read", () => {
  it.each(["/ws", "/health", "/dev/token"])("HTTP-2 answers the preflight of %s", async (path) => {
    const response = await request(path, { method: "OPTIONS", headers: { origin: ALLOWED } });
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect(response.headers.get("access-control-allow-methods")).toBe(
      "GET, POST, PUT, DELETE, OPTIONS",
    );
    expect(response.headers.get("access-control-allow-headers")).toBe(
      "Content-Type, Authorization, X-API-Key, Idempotency-Key",
    );
    expect(response.headers.get("access-control-max-age")).toBe("86400");
    expect(allowed(response)).toBe("*");
  });

  it("HTTP-2 lets everybody read every answer by default, refusals and faults included", async () => {
    const paths = ["/health", "/ws", "/ws?token=x", "/nothing", "/dev/token"];
    for (const headers of [{}, { origin: ALLOWED }]) {
      for (const path of paths) expect(allowed(await request(path, { headers }))).toBe("*");
    }
    const fault = await askSocket("user_id=x", { USER: undefined });
    expect([fault.status, allowed(fault)]).toEqual([500, "*"]);
    expect(watched.takeLog("defect")).toHaveLength(1);
  });

  it("HTTP-2 echoes a listed origin, and gives others nothing", async () => {
    for (const origin of [ALLOWED, "http://localhost:5173"]) {
      for (const [method, path] of [
        ["GET", "/health"],
        ["OPTIONS", "/ws"],
        ["GET", "/nothing"],
      ] as const) {
        const response = await ask(path, LIST, { method, headers: { origin } });
        expect(allowed(response)).toBe(origin);
        expect(response.headers.get("vary")).toContain("Origin");
      }
    }
    for (const [listed, origin] of [
      [`${ALLOWED}/`, ALLOWED],
      ["HTTPS://App.Example:443", ALLOWED],
      ["capacitor://localhost", "capacitor://localhost"],
    ] as const) {
      const vars = { CORS_ALLOWED_ORIGINS: listed };
      expect(allowed(await ask("/health", vars, { headers: { origin } }))).toBe(origin);
    }
    for (const headers of [{}, ...FOREIGN.map((origin) => ({ origin }))]) {
      for (const method of ["GET", "OPTIONS"]) {
        const response = await ask("/health", LIST, { method, headers });
        expect(allowed(response)).toBeNull();
        expect(response.status).toBe(method === "GET" ? 200 : 204);
      }
    }
  });
});

describe("pages that open a socket", () => {
  const open = (headers: Record<string, string>) =>
    askSocket(`user_id=${someone("user")}`, LIST, headers);

  it("HTTP-3 may come from anywhere by default", async () => {
    for (const origin of FOREIGN) {
      expect((await upgrade(`user_id=${someone("user")}`, { origin })).status).toBe(101);
    }
  });

  it("HTTP-3 are refused when they are not on the list, before anything else is looked at", async () => {
    for (const origin of FOREIGN) {
      const response = await open({ origin });
      expect(response.status).toBe(403);
      expect(await response.text()).toBe("Forbidden\n");
      expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      expect(allowed(response)).toBeNull();
      expect((await askSocket("token=x", LIST, { origin })).status).toBe(403);
    }
  });

  it("HTTP-3 may come from the list, from the same host, or from no page at all", async () => {
    for (const headers of [{}, { origin: ALLOWED }, { origin: "http://localhost:5173" }]) {
      expect((await open(headers)).status).toBe(101);
    }
    expect((await open({ origin: "https://edgering.test" })).status).toBe(101);
  });
});
