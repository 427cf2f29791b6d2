import { describe, expect, it } from "vitest";
import { PushRegistration, type PushBrowser } from "../../examples/web-client/src/push.ts";
import { fakeStorage } from "./support/fake-storage.ts";

const KEY = "BAA_-w";
const KEY_BYTES = new Uint8Array([4, 0, 63, 251]);
const server = "https://calls.test";
const tokenOf = (user: string) => `e30.${btoa(JSON.stringify({ sub: user }))}.sig`;
const subscription = { endpoint: "https://push.test/1", keys: { p256dh: "p", auth: "a" } };

/** A browser with a push service; what the page does with both is written down. */
class FakeBrowser implements PushBrowser {
  readonly log: string[] = [];
  serverKey: string | undefined = KEY;
  current: NotificationPermission = "default";
  decides: NotificationPermission = "granted";
  subscribedWith: Uint8Array | undefined;
  refuses = false;
  /** The page is off the network, its storage and its worker are not. */
  offline = false;
  readonly choices = fakeStorage();

  readonly permission = () => this.current;
  readonly ask = () => {
    this.current = this.decides;
    return Promise.resolve(this.current);
  };
  readonly fetch = (
    address: unknown,
    init?: { readonly method?: string; readonly body?: unknown },
  ) => {
    if (this.offline) return Promise.reject(new TypeError("Failed to fetch"));
    const path = (address as string).replace(server, "");
    if (path === "/push/vapid") {
      const { serverKey } = this;
      return Promise.resolve(
        serverKey === undefined
          ? new Response("", { status: 404 })
          : Response.json({ public_key: serverKey }),
      );
    }
    const words = [init?.method, path, init?.body as string | undefined];
    this.log.push(words.filter((word) => word !== undefined).join(" "));
    return Promise.resolve(new Response("{}"));
  };
  readonly register = (address: string) => {
    this.log.push(address);
    const made = (key: Uint8Array) => ({
      options: { applicationServerKey: key.slice().buffer },
      toJSON: () => subscription,
      unsubscribe: () => {
        this.log.push("unsubscribe");
        this.subscribedWith = undefined;
        return Promise.resolve(true);
      },
    });
    const pushManager = {
      getSubscription: () =>
        Promise.resolve(this.subscribedWith === undefined ? null : made(this.subscribedWith)),
      subscribe: ({ applicationServerKey }: { applicationServerKey: string }) => {
        if (this.refuses) return Promise.reject(new Error("no push service"));
        this.log.push(`subscribe ${applicationServerKey}`);
        return Promise.resolve(made(KEY_BYTES));
      },
    };
    return Promise.resolve({ pushManager } as never);
  };
}

const WORKER = "/service-worker.js?server=https%3A%2F%2Fcalls.test";
const PUT = `PUT /devices/tab%201 ${JSON.stringify({ os: "web", subscription })}`;

const open = (browser: FakeBrowser, user = "ada") =>
  new PushRegistration({ server, token: tokenOf(user) }, "tab 1", browser);

function start() {
  const browser = new FakeBrowser();
  return { browser, push: open(browser) };
}

/** Where it was on, and has been turned off. */
async function turnedOff() {
  const { browser, push } = start();
  browser.current = "granted";
  browser.subscribedWith = KEY_BYTES;
  await push.begin();
  expect(await push.turnOff()).toBe("off");
  return browser;
}

describe("ringing while the page is closed", () => {
  it("CLIENT-8 is offered, and asks only when the person wants it", async () => {
    const { browser, push } = start();
    expect(await push.begin()).toBe("off");
    expect(browser.log).toEqual([]);
    expect(await push.turnOn()).toBe("on");
    expect(browser.log).toEqual([WORKER, `subscribe ${KEY}`, PUT]);
  });

  it("CLIENT-8 begins at once where it was allowed before", async () => {
    const { browser, push } = start();
    browser.current = "granted";
    browser.subscribedWith = KEY_BYTES;
    expect(await push.begin()).toBe("on");
    expect(browser.log).toEqual([WORKER, PUT]);
  });

  it("CLIENT-8 subscribes anew when the server has another key", async () => {
    const { browser, push } = start();
    browser.current = "granted";
    browser.subscribedWith = new Uint8Array([4, 1]);
    expect(await push.begin()).toBe("on");
    expect(browser.log).toEqual([WORKER, "unsubscribe", `subscribe ${KEY}`, PUT]);
  });

  it("CLIENT-8 is not offered by a server without Web Push", async () => {
    const { browser, push } = start();
    browser.serverKey = undefined;
    expect(await push.begin()).toBe("none");
  });

  it("CLIENT-8 respects a no", async () => {
    const { browser, push } = start();
    browser.decides = "denied";
    await push.begin();
    expect(await push.turnOn()).toBe("denied");
    expect(await push.begin()).toBe("denied");
    expect(browser.log).toEqual([]);
  });

  it("CLIENT-8 stays off when the browser has no push service", async () => {
    const { browser, push } = start();
    browser.refuses = true;
    await push.begin();
    expect(await push.turnOn()).toBe("off");
  });

  it("CLIENT-8 can be turned off", async () => {
    const { log } = await turnedOff();
    expect(log.slice(2)).toEqual([WORKER, "unsubscribe", "DELETE /devices/tab%201"]);
  });

  it("CLIENT-8 stays off when the page is opened again, until it is turned on", async () => {
    const browser = await turnedOff();
    expect(await open(browser).begin()).toBe("off");
    const again = open(browser);
    await again.begin();
    expect(await again.turnOn()).toBe("on");
    expect(await open(browser).begin()).toBe("on");
  });

  it("CLIENT-8 is off for who turned it off, and for nobody else", async () => {
    const browser = await turnedOff();
    expect(await open(browser, "bob").begin()).toBe("on");
    expect(await open(browser).begin()).toBe("off");
  });

  it("CLIENT-8 ends with the sign-in", async () => {
    const { browser, push } = start();
    await push.leave();
    expect(browser.log).toEqual([]);
    await push.begin();
    await push.turnOn();
    await push.leave();
    expect(browser.log.at(-1)).toBe("DELETE /devices/tab%201");
    expect(await open(browser).begin()).toBe("on");
  });

  it("CLIENT-8 is off also when the service cannot be told", async () => {
    const { browser, push } = start();
    browser.current = "granted";
    browser.subscribedWith = KEY_BYTES;
    await push.begin();
    browser.offline = true;
    expect(await push.turnOff()).toBe("off");
    expect(browser.subscribedWith).toBeUndefined();
  });
});
