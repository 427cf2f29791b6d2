/** The web client in real browsers against the real development server. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { findChromium, MISSING_CHROMIUM } from "./support/chromium.ts";
import type { Person } from "./support/person.ts";
import { Stage } from "./support/stage.ts";

const found = findChromium();
if (found === undefined && process.env["CI"] !== undefined) throw new Error(MISSING_CHROMIUM);
if (found === undefined) console.warn(MISSING_CHROMIUM);

describe("looking for a browser", () => {
  it("trusts CHROMIUM_PATH alone when it is set", () => {
    vi.stubEnv("CHROMIUM_PATH", "/no/such/browser");
    expect(findChromium()).toBeUndefined();
    vi.unstubAllEnvs();
  });
});

// Of no browser there are no tests; the line above says so.
describe.each(found === undefined ? [] : [found])("web client in %s", (executablePath) => {
  let stage: Stage;
  // Both are signed in from the first test to the last; each test begins without a call.
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    stage = await Stage.set(executablePath);
    [ada, bob] = await Promise.all([stage.arrive("Ada"), stage.arrive("Bob")]);
  }, 90_000);

  afterEach(async () => {
    await Promise.all([ada.rest(), bob.rest()]);
  }, 30_000);

  afterAll(() => stage?.strike());

  /** A video call from ada to bob, up to flowing media. */
  const talk = async (): Promise<void> => {
    await ada.call(bob.userId, "Video call");
    await bob.rung();
    await bob.sees("Ada");
    await bob.press("Video");
    await Promise.all([ada.talking(), bob.talking()]);
    await Promise.all([ada.seesPicture(true), bob.seesPicture(true)]);
  };
  const flows = () => Promise.all([ada.receivesMore(), bob.receivesMore()]);

  it("E2E-1 two pages complete a video call", { timeout: 40_000 }, async () => {
    await talk();
    const states = await Promise.all([ada.connectionState(), bob.connectionState()]);
    expect(states).toEqual(["connected", "connected"]);
    await flows();
    await bob.press("Hang up");
    await ada.sees("Bob ended the call.");
    expect(await ada.connectionState()).toBe("closed");
  });

  it("E2E-2 the call goes on when sockets are lost", { timeout: 60_000 }, async () => {
    await talk();
    await bob.loseSocket();
    await flows();
    await Promise.all([ada.loseSocket(), bob.loseSocket()]);
    await flows();
    // What is said while the other side is away reaches it.
    await Promise.all([bob.loseSocket(), ada.press("Camera off")]);
    await bob.seesPicture(false);
    await bob.press("Mute");
    await ada.press("Camera on");
    await bob.seesPicture(true);
    expect(await flows()).toEqual([expect.any(Number), expect.any(Number)]);
    await ada.press("Hang up");
    await bob.sees("Ada ended the call.");
  });

  it(
    "E2E-14 a page that is reloaded is in its call again, caller or callee",
    { timeout: 60_000 },
    async () => {
      await talk();
      for (const [one, other] of [
        [bob, ada],
        [ada, bob],
      ] as const) {
        await one.page.reload();
        await one.talking();
        await Promise.all([one.seesPicture(true), other.seesPicture(true)]);
        await flows();
        await other.talking();
      }
      const states = await Promise.all([ada.connectionState(), bob.connectionState()]);
      expect(states).toEqual(["connected", "connected"]);
      await ada.press("Hang up");
      await bob.sees("Ada ended the call.");
    },
  );

  it(
    "E2E-14 both reload at once, one with its camera off and muted",
    { timeout: 60_000 },
    async () => {
      await talk();
      await bob.press("Mute");
      await bob.press("Camera off");
      await ada.seesPicture(false);
      await Promise.all([ada.page.reload(), bob.page.reload()]);
      await Promise.all([ada.talking(), bob.talking()]);
      await bob.seesPicture(true);
      await flows();
      await ada.seesPicture(false);
      expect(await bob.page.getByRole("button", { name: "Unmute" }).count()).toBe(1);
      await bob.press("Camera on");
      await ada.seesPicture(true);
    },
  );

  it("E2E-14 a page that comes back too late says so", { timeout: 30_000 }, async () => {
    await talk();
    await bob.page.goto("about:blank");
    await ada.sees("Bob is reconnecting…");
    await ada.press("Hang up");
    await bob.page.goBack();
    await bob.connected();
    await bob.sees("The call is over.");
    expect(await bob.page.getByRole("button", { name: "Video call" }).isEnabled()).toBe(true);
  });

  it("E2E-2 the network panel cuts, and the call is resumed", { timeout: 40_000 }, async () => {
    const zoe = await stage.open("Zoe", { panel: true });
    await zoe.signIn();
    const panel = zoe.page.getByRole("complementary", { name: "Network" });
    await panel.getByText("no", { exact: true }).waitFor();
    await zoe.call(bob.userId, "Audio call");
    await bob.rung();
    await zoe.press("Cut the socket");
    await panel.getByText("yes", { exact: true }).waitFor();
    await bob.press("Audio");
    await Promise.all([zoe.talking(), bob.talking()]);
    await zoe.press("Stay away 5 s");
    await bob.sees("Zoe is reconnecting…");
    await panel.getByRole("button", { name: "Stay away 5 s" }).waitFor();
    expect(await zoe.receivesMore()).toBeGreaterThan(0);
    await bob.press("Hang up");
    await zoe.sees("Bob ended the call.");
  });

  it(
    "E2E-1 a call is answered with audio only, and the callee may add the camera",
    { timeout: 40_000 },
    async () => {
      await ada.call(bob.userId, "Audio call");
      await bob.rung();
      await bob.press("Audio");
      await Promise.all([ada.talking(), bob.talking(), ada.receivesMore(), bob.receivesMore()]);
      await bob.press("Camera on");
      await ada.seesPicture(true);
      await ada.press("Hang up");
      await bob.sees("Ada ended the call.");
      expect(await bob.connectionState()).toBe("closed");
    },
  );

  it("E2E-3 a call is declined", { timeout: 30_000 }, async () => {
    await ada.call(bob.userId, "Audio call");
    await bob.rung();
    await bob.press("Decline");
    await ada.sees(/declined the call\.$/);
    await bob.sees("You declined the call from Ada.");
    expect(await ada.page.getByRole("button", { name: "Call again" }).count()).toBe(1);
  });

  it(
    "E2E-3 it rings on after a reload, until the caller cancels",
    { timeout: 30_000 },
    async () => {
      await ada.call(bob.userId, "Audio call");
      await bob.rung();
      await bob.page.reload();
      await bob.rung();
      await ada.press("Cancel");
      await bob.sees("Missed call from Ada.");
      await ada.sees("Call cancelled.");
      expect(await bob.page.title()).toBe("edgering");
    },
  );

  it("E2E-3 it says who is offline and who is busy", { timeout: 40_000 }, async () => {
    const eve = await stage.arrive("Eve");
    await eve.call("nobody-at-all", "Audio call");
    await eve.sees("nobody-at-all is offline.");
    await ada.call(bob.userId, "Audio call");
    await bob.rung();
    await eve.call(bob.userId, "Audio call");
    await eve.sees(`${bob.userId} is busy.`);
    expect(await bob.page.getByRole("heading", { name: "Ada" }).isVisible()).toBe(true);
    await bob.press("Decline");
    await ada.sees(/declined the call\.$/);
  });

  it("E2E-3 a refused microphone is told, and rings nobody", { timeout: 30_000 }, async () => {
    const mute = await stage.arrive("Mute", { permissions: ["geolocation"] });
    await mute.call(bob.userId, "Audio call");
    await mute.sees(/^The microphone is blocked\./);
    expect(await bob.page.getByRole("alertdialog").count()).toBe(0);
  });

  it("E2E-3 a page gives way to a newer one of the same device", { timeout: 30_000 }, async () => {
    const tab = await ada.duplicate();
    await tab.locator(".badge", { hasText: /^Connected$/ }).waitFor();
    await ada.sees("You are signed in elsewhere");
    await ada.press("Use it here");
    await ada.connected();
    await tab.getByRole("button", { name: "Use it here" }).waitFor();
    expect(await ada.page.getByRole("button", { name: "Use it here" }).count()).toBe(0);
  });

  it("E2E-3 a refused token is told", { timeout: 30_000 }, async () => {
    const mallory = await stage.open("Mallory");
    await mallory.page.getByText("With a token").click();
    const claims = Buffer.from(JSON.stringify({ hash: "ada", exp: 4e9 })).toString("base64url");
    await mallory.page.getByLabel("Token (JWT)").fill(`eyJhbGciOiJIUzI1NiJ9.${claims}.AAAA`);
    await mallory.press("Sign in");
    await mallory.sees("The server does not accept this sign-in.");
    expect(mallory.page.url()).not.toContain("token");
  });
});
