import { describe, expect, it } from "vitest";
import { ask, askSocket, PRODUCTION } from "../support/ask.ts";
import { established } from "../support/calls.ts";
import { Client, connect, request, someone, upgrade } from "../support/client.ts";
import { runAlarm } from "../support/objects.ts";
import { signToken } from "../support/tokens.ts";
import { passTime, watchEachTest } from "../support/workerd.ts";

watchEachTest();
const TEXT = "text/plain; charset=utf-8";
const upgrading = { upgrade: "websocket" };

/** A response as far as refusals fix it. */
async function shapeOf(response: Response): Promise<unknown[]> {
  const { status, headers } = response;
  const sniff = headers.get("x-content-type-options");
  return [status, headers.get("content-type"), sniff, await response.text()];
}

/** Whether a response opens the socket of that user, whom nobody can call from it. */
async function isUser(response: Response, user: string): Promise<boolean> {
  if (!response.webSocket) return false;
  const client = new Client(user, response.webSocket);
  client.send("call.start", { callee_id: user });
  return (await client.next("error"))["message"] === "Cannot call yourself";
}

describe("where and how sockets are opened", () => {
  it("CONN-1 upgrades GET /ws, without a subprotocol", async () => {
    const response = await upgrade(`user_id=${someone("user")}`);
    expect(response.status).toBe(101);
    expect(response.headers.get("sec-websocket-protocol")).toBeNull();
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "HEAD"])(
    "CONN-1 knows no %s of /ws",
    async (method) => {
      const path = `/ws?token=${await signToken({ sub: someone("user") })}`;
      for (const headers of [{}, upgrading]) {
        // Straight to the application: a client with an upgrade turns any method into GET.
        const response = await ask(path, {}, { method, headers });
        expect(response.status).toBe(404);
        expect(await response.text()).toBe(method === "HEAD" ? "" : "404 page not found");
      }
    },
  );

  it.each(["/ws/", "/WS", "/ws/x", "//ws", "/nothing", "/socket"])(
    "CONN-1 knows no path %s",
    async (path) => {
      const response = await request(`${path}?user_id=${someone("user")}`, { headers: upgrading });
      expect(await shapeOf(response)).toEqual([404, TEXT, "nosniff", "404 page not found"]);
    },
  );

  it("CONN-4 answers a good token without an upgrade, and touches no socket and no call", async () => {
    const { caller, callee, session } = await established({ callee: "device=b" });
    const other = await connect(callee.user, "device=c");
    await callee.lose();
    const token = await signToken({ sub: callee.user });
    for (const device of ["b", "c"]) {
      for (const headers of [{}, { upgrade: "h2c" }]) {
        const response = await request(`/ws?token=${token}&device=${device}`, { headers });
        expect(await shapeOf(response)).toEqual([400, TEXT, "nosniff", "Bad Request\n"]);
        expect(response.headers.get("sec-websocket-version")).toBe("13");
      }
    }
    expect(await other.settled()).toEqual([]);
    passTime(15_000);
    await runAlarm(callee.user);
    const lost = { session_id: session, reason: "peer_disconnected" };
    expect(await caller.next("call.ended")).toEqual(lost);
  });
});

describe("where the token stands", () => {
  const good = () => signToken({ sub: someone("user") });

  it("CONN-2 takes it from Authorization, token or access_token, trimmed", async () => {
    const token = await good();
    for (const prefix of ["Bearer", "bearer", "BEARER", "bEaReR"]) {
      const response = await upgrade("", { authorization: `${prefix}   ${token}  ` });
      expect(response.status).toBe(101);
    }
    for (const name of ["token", "access_token"]) {
      for (const space of ["", "%20", "+", "%0A", "%09%20"]) {
        expect((await upgrade(`${name}=${space}${token}${space}`)).status).toBe(101);
      }
    }
  });

  it("CONN-2 lets the first place win, be its token good or bad", async () => {
    const [token, bad] = [await good(), "bad"];
    const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
    expect((await upgrade(`token=${bad}`, bearer(token))).status).toBe(101);
    expect((await upgrade(`token=${token}`, bearer(bad))).status).toBe(401);
    expect((await upgrade(`token=${token}&access_token=${bad}`)).status).toBe(101);
    expect((await upgrade(`token=${bad}&access_token=${token}`)).status).toBe(401);
    expect((await upgrade(`token=${token}`, { authorization: "Basic eDp5" })).status).toBe(101);
  });
});

describe("users without a token", () => {
  it("CONN-6 name themselves in development, by user_id or else by id", async () => {
    const user = someone("user");
    for (const query of [`user_id=${user}`, `id=${user}`, `id=other&user_id=${user}`]) {
      expect(await isUser(await upgrade(query), user)).toBe(true);
    }
  });

  it("CONN-6 are nobody elsewhere", async () => {
    for (const vars of [PRODUCTION, { ...PRODUCTION, ENVIRONMENT: undefined }]) {
      for (const query of ["user_id=anna", "id=anna", "id=anna&user_id=anna"]) {
        expect((await askSocket(query, vars)).status).toBe(401);
      }
    }
  });

  it("CONN-6 cannot be anybody but their token's user", async () => {
    const user = someone("user");
    const token = await signToken({ sub: user });
    expect(await isUser(await upgrade(`token=${token}&id=${user}`), user)).toBe(true);
    expect(await isUser(await upgrade(`token=${token}&user_id=other`), user)).toBe(true);
    for (const id of ["other", ""]) {
      const refused = [401, TEXT, "nosniff", "Invalid token\n"];
      expect(await shapeOf(await upgrade(`token=${token}&id=${id}`))).toEqual(refused);
    }
  });
});

describe("device labels", () => {
  const status = async (claims: object, query = "") =>
    (await upgrade(`token=${await signToken({ sub: someone("user"), ...claims })}&${query}`))
      .status;

  it("CONN-11 must agree between token and address", async () => {
    expect(await status({ device: "phone" }, "device=phone")).toBe(101);
    expect(await status({ device: "phone" })).toBe(101);
    expect(await status({ device: null }, "device=phone")).toBe(101);
    for (const device of ["Phone", "phone%20", "tablet", ""]) {
      expect(await status({ device: "phone" }, `device=${device}`)).toBe(401);
    }
  });

  it("CONN-11 have 1 to 128 characters", async () => {
    for (const label of [
      "x",
      "x".repeat(128),
      "é".repeat(128),
      "日".repeat(128),
      " ",
      "__proto__",
    ]) {
      expect(await status({ device: label })).toBe(101);
      expect(await status({}, `device=${encodeURIComponent(label)}`)).toBe(101);
    }
    for (const label of ["", "x".repeat(129), "日".repeat(129)]) {
      expect(await status({ device: label })).toBe(401);
      expect(await status({}, `device=${encodeURIComponent(label)}`)).toBe(401);
      expect((await upgrade(`user_id=${someone("user")}&device=${label}`)).status).toBe(401);
    }
    for (const label of [5, true, {}, ["phone"]]) expect(await status({ device: label })).toBe(401);
  });

  it("CONN-11 are judged before the upgrade", async () => {
    const path = `/ws?token=${await signToken({ sub: "anna", device: "a" })}&device=b`;
    expect((await request(path)).status).toBe(401);
  });
});
