/** The smallest possible video call: two windows with the direct example. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, startChromium } from "./support/chromium.ts";
import { startLiveWorker, type LiveWorker } from "./support/live-worker.ts";

const found = findChromium();

describe.each(found === undefined ? [] : [found])("the direct example in %s", (executablePath) => {
  let worker: LiveWorker;
  let browser: Browser;

  beforeAll(async () => {
    const variables = { DIRECT_SIGNALING: "open" };
    [worker, browser] = await Promise.all([
      startLiveWorker(variables),
      startChromium(executablePath),
    ]);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await worker?.stop();
  });

  it("E2E-13 is a video call in one page", { timeout: 40_000 }, async () => {
    const context = await browser.newContext({ permissions: ["microphone", "camera"] });
    const open = async (id: string) => {
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      await page.goto(`${worker.url}/direct`);
      await page.getByLabel("Your id").fill(id);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("Signed in.").waitFor();
      return page;
    };
    const [ann, bob] = [await open("ann"), await open("bob")];
    await ann.getByLabel("Whom to call").fill("bob");
    await ann.getByRole("button", { name: "Call", exact: true }).click();
    for (const page of [ann, bob]) {
      await page.waitForFunction(() => {
        const theirs = document.querySelector<HTMLVideoElement>("#theirs");
        return (theirs?.videoWidth ?? 0) > 0;
      });
    }
    await bob.getByRole("button", { name: "Hang up" }).click();
    await ann.getByText("bob hung up.").waitFor();
    expect(await ann.locator("#status").textContent()).toBe("bob hung up.");
  });
});
