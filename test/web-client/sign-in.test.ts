import { describe, expect, it } from "vitest";
import { userIdFrom } from "../../examples/web-client/src/development-token.ts";
import { serverAddress } from "../../examples/web-client/src/server-address.ts";
import { readToken } from "../../examples/web-client/src/token.ts";

const jwt = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

describe("server address", () => {
  it.each([
    ["https://calls.example.com", "https://calls.example.com"],
    [" wss://calls.example.com/ws ", "https://calls.example.com"],
    ["ws://10.0.0.7:8787/base/", "http://10.0.0.7:8787/base"],
    ["calls.example.com", "https://calls.example.com"],
    ["localhost:8787", "http://localhost:8787"],
    ["[::1]:8787", "http://[::1]:8787"],
    ["https://calls.example.com/?token=secret#x", "https://calls.example.com"],
  ])("%j is %s", (typed, address) => {
    expect(serverAddress(typed)).toBe(address);
  });

  it.each(["", "ftp://calls.example.com", "https://", "https://a b"])("%j is none", (typed) => {
    expect(serverAddress(typed)).toBeUndefined();
  });
});

describe("token", () => {
  it("names its user in the service's order of claims", () => {
    expect(readToken(jwt({ user_id: "c", sub: "b", hash: "a" }))?.userId).toBe("a");
    expect(readToken(jwt({ user_id: "c", sub: "b", hash: "" }))?.userId).toBe("b");
    expect(readToken(` ${jwt({ user_id: "c", sub: 7 })}\n`)?.userId).toBe("c");
  });

  it("is read as UTF-8, and claims of another type are left out", () => {
    const facts = readToken(jwt({ hash: "a", name: "Zoë 👋", image_profile: 7, device: "phone" }));
    expect(facts).toEqual({ userId: "a", name: "Zoë 👋", image: undefined, device: "phone" });
  });

  it.each(["", "a.b", "a.b.c", jwt("text"), jwt(null), jwt({ name: "nobody" })])(
    "%j names nobody",
    (token) => {
      expect(readToken(token)).toBeUndefined();
    },
  );
});

describe("user id from a name", () => {
  it.each([
    ["Ann Lee", "ann-lee"],
    ["  Zoë  O’Hara ", "zoë-o-hara"],
    ["李 小龍", "李-小龍"],
    ["!!!", ""],
  ])("%j is %j", (name, id) => {
    expect(userIdFrom(name)).toBe(id);
  });
});
