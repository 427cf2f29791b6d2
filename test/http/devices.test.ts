import { describe, expect, it } from "vitest";
import { connect, request, someone } from "../support/client.ts";
import { logIn } from "../support/guests.ts";
import { deviceToken, providers, pushes, callTo, withProviders } from "../support/push-control.ts";
import { signToken } from "../support/tokens.ts";
import { watchEachTest } from "../support/workerd.ts";

watchEachTest();

/** Sends a request about a device with a user's token. */
async function device(method: string, name: string, claims: object, body?: unknown) {
  const headers = { authorization: `Bearer ${await signToken({ ...claims })}` };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return request(`/devices/${name}`, { method, headers, ...(body ? { body: text } : {}) });
}

describe("devices over HTTP", () => {
  it("PUSH-13 are registered and forgotten with the user's token", async () => {
    await withProviders();
    const [sub, token] = [someone("callee"), deviceToken()];
    const put = await device(
      "PUT",
      "my%20phone",
      { sub },
      { os: "android", token, alert_token: null },
    );
    expect(put.status).toBe(200);
    expect(put.headers.get("content-type")).toBe("application/json");
    expect(await put.json()).toEqual({ device: "my phone", os: "android" });
    const { caller, session } = await callTo(sub);
    const [ring] = await pushes(token);
    expect(ring?.status).toBe(200);
    caller.send("call.end", { session_id: session });
    await pushes(token, 2);

    const gone = await device("DELETE", "my%20phone", { sub });
    expect([gone.status, await gone.text()]).toEqual([204, ""]);
    caller.send("call.start", { callee_id: sub });
    expect(await caller.next("error")).toMatchObject({ code: "user_offline" });
    expect((await device("DELETE", "my%20phone", { sub })).status).toBe(204);
  });

  it("PUSH-13 share their routes with sockets", async () => {
    await withProviders();
    const [sub, token] = [someone("callee"), deviceToken()];
    await device("PUT", "phone", { sub }, { os: "android", token });
    const phone = await connect(sub, "device=phone");
    const { session } = await callTo(sub);
    await phone.next("call.ring");
    await phone.lose();
    const [ring] = await pushes(token);
    expect(ring?.said).toMatchObject({ data: { session_id: session } });
    expect((await providers({ recorded: token })).recorded).toHaveLength(1);
  });

  it.each([
    ["nothing", "", "the body is empty"],
    ["no JSON", "{", "the body is not JSON"],
    ["a list", "[]", "the body is not a JSON object"],
    ["no os", { token: "t" }, "Missing os"],
    ["another os", { os: "x", token: "t" }, "Invalid payload"],
    ["no token", { os: "android" }, "Missing token"],
    ["no subscription", { os: "web", token: "t" }, "Missing subscription"],
  ])("PUSH-13 refuse %s with 400", async (_, body, error) => {
    const response = await device("PUT", "phone", { sub: someone("callee") }, body);
    expect([response.status, await response.json()]).toEqual([400, { error }]);
  });

  it("PUSH-13 refuse what is far too long", async () => {
    const body = { os: "android", token: "t".repeat(20_000) };
    expect((await device("PUT", "phone", { sub: someone("callee") }, body)).status).toBe(413);
  });

  it("PUSH-13 refuse tokens as sockets do", async () => {
    const put = (headers: Record<string, string>) =>
      request("/devices/phone", { method: "PUT", headers, body: "{}" });
    const none = await put({});
    expect([none.status, await none.text()]).toEqual([401, "Missing token\n"]);
    expect((await put({ authorization: "Bearer nonsense" })).status).toBe(401);
    const guest = await signToken({ sub: "guest:ann", aud: "guest" });
    expect((await put({ authorization: `Bearer ${guest}` })).status).toBe(401);
    const real = await (await logIn('{"username":"Ann"}')).json<{ token: string }>();
    const own = { method: "PUT", body: JSON.stringify({ os: "android", token: "t" }) };
    for (const init of [own, { method: "DELETE" }]) {
      const headers = { authorization: `Bearer ${real.token}` };
      expect((await request("/devices/phone", { ...init, headers })).status).toBe(403);
    }
    const bound = { sub: someone("callee"), device: "tablet" };
    const route = { os: "android", token: "t" };
    expect((await device("PUT", "phone", bound, route)).status).toBe(401);
    expect((await device("PUT", "tablet", bound, route)).status).toBe(200);
    expect((await device("PUT", "x".repeat(129), { sub: "ann" }, route)).status).toBe(401);
  });

  it("PUSH-13 are open to pages elsewhere, and know no other methods", async () => {
    const headers = { origin: "https://app.test", "access-control-request-method": "PUT" };
    const preflight = await request("/devices/phone", { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    expect((await device("POST", "phone", { sub: "ann" }, {})).status).toBe(404);
  });

  it("PUSH-14 a token leaves the user who had it", async () => {
    await withProviders();
    const [first, second, token] = [someone("first"), someone("second"), deviceToken()];
    await device("PUT", "phone", { sub: first }, { os: "android", token });
    await device("PUT", "phone", { sub: second }, { os: "android", token });
    const { caller } = await callTo(second);
    await pushes(token);
    const other = await connect(someone("other"));
    other.send("call.start", { callee_id: first });
    expect(await other.next("error")).toMatchObject({ code: "user_offline" });
    caller.close();
  });
});
