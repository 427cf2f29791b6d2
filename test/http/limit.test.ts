import { Hono } from "hono";
import { expect, it } from "vitest";
import type { Door } from "../../src/http/door.ts";
import { limitBy } from "../../src/http/limit.ts";

it("HTTP-6 counts what an address asks of a route, whatever stands in the route's parameters", async () => {
  const keys: string[] = [];
  const limit = ({ key }: { key: string }) => {
    keys.push(key);
    return Promise.resolve({ success: true });
  };
  const app = new Hono<Door>();
  for (const path of ["/calls/:id", "/devices/:device"]) {
    app.get(path, limitBy("SOCKET_LIMIT"), (c) => c.text("in"));
  }
  const ask = (path: string, address: string) =>
    app.request(path, { headers: { "cf-connecting-ip": address } }, { SOCKET_LIMIT: { limit } });
  for (const path of ["/calls/a", "/calls/b", "/devices/a"]) {
    expect((await ask(path, "192.0.2.1")).status).toBe(200);
  }
  await ask("/calls/a", "192.0.2.2");
  const [first, second, other, elsewhere] = keys;
  expect(second).toBe(first);
  expect(new Set([first, other, elsewhere]).size).toBe(3);
});
