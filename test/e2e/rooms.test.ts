/** Four people in one room, each in a browser window of their own; and the demo of stock clients. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, MISSING_CHROMIUM, startChromium } from "./support/chromium.ts";
import { startLiveWorker, type LiveWorker } from "./support/live-worker.ts";
import { Person } from "./support/person.ts";

const found = findChromium();
if (found === undefined && process.env["CI"] !== undefined) throw new Error(MISSING_CHROMIUM);
if (found === undefined) console.warn(MISSING_CHROMIUM);

/** Small pictures, so that a small machine can show sixteen of them. Runs in the page. */
const smallPictures = () => {
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = (wanted) =>
    original({
      ...wanted,
      video: wanted?.video ? { width: 160, height: 120, frameRate: 5 } : false,
    });
};

/** Waits until so many live connections of a page have decoded pictures of the other side. */
function seesOthers(page: Page, count: number): Promise<unknown> {
  return page.waitForFunction(async (wanted) => {
    const { peerConnections } = window as unknown as { peerConnections: RTCPeerConnection[] };
    const live = peerConnections.filter(({ connectionState }) => connectionState === "connected");
    const decoded = await Promise.all(
      live.map(async (connection) => {
        const stats = [...(await connection.getStats()).values()] as {
          type: string;
          framesDecoded?: number;
        }[];
        return stats.some(
          ({ type, framesDecoded = 0 }) => type === "inbound-rtp" && framesDecoded > 0,
        );
      }),
    );
    return decoded.filter(Boolean).length === wanted;
  }, count);
}

describe.each(found === undefined ? [] : [found])("rooms in %s", (executablePath) => {
  let worker: LiveWorker;
  let browser: Browser;
  const people: Person[] = [];

  beforeAll(async () => {
    [worker, browser] = await Promise.all([startLiveWorker(), startChromium(executablePath)]);
    for (const name of ["Ada", "Bob", "Cleo", "Dan"]) {
      const port = Number(new URL(worker.url).port);
      const person = await Person.open({ browser, port, name });
      await person.page.addInitScript(smallPictures);
      await person.page.reload();
      people.push(person);
      await person.signIn();
      await person.page.getByRole("button", { name: "Rooms", exact: true }).click();
    }
  }, 90_000);

  afterAll(async () => {
    await Promise.all(people.map((person) => person.leave()));
    await browser?.close();
    await worker?.stop();
  });

  it(
    "E2E-10 show everybody the three others, also after a reload",
    { timeout: 90_000 },
    async () => {
      const [ada, ...others] = people as [Person, ...Person[]];
      await ada.page.getByLabel("Room", { exact: true }).fill("standup");
      await ada.press("Create room");
      await ada.sees("1 here");
      for (const other of others) {
        await other.page.getByLabel("Room", { exact: true }).fill("standup");
        await other.press("Ask to join");
        await ada.press(`Admit ${other.name}`);
      }
      for (const { page } of people) await seesOthers(page, 3);
      await ada.sees("4 here");

      const [bob] = others;
      await bob?.page.reload();
      for (const { page } of people) await seesOthers(page, 3);

      await ada.page.getByRole("button", { name: "Remove Dan" }).click();
      await people[3]?.sees("The owner removed you from the room.");
      await ada.press("Leave");
      await bob?.sees("2 here");
      // Who came first is the owner now.
      await bob?.page.getByRole("button", { name: "Remove Cleo" }).waitFor();
      expect(people).toHaveLength(4);
    },
  );

  it("E2E-11 connect stock Socket.IO clients on the demo page", { timeout: 120_000 }, async () => {
    const context = await browser.newContext({ permissions: ["microphone", "camera"] });
    const open = async (name: string) => {
      const page = await context.newPage();
      page.setDefaultTimeout(45_000);
      await page.addInitScript(smallPictures);
      await page.goto(`${worker.url}/demo`);
      await page.getByLabel("App password").fill("dev-app-password");
      await page.getByLabel("Your name").fill(name);
      await page.getByRole("button", { name: "Connect" }).click();
      await page.getByText("Connected. Create a room").waitFor();
      await page.getByLabel("Room").fill("demo");
      return page;
    };
    const [owner, guest] = [await open("Owner"), await open("Guest")];
    await owner.getByRole("button", { name: "Create" }).click();
    await owner.getByText("You own room demo.").waitFor();
    await guest.getByRole("button", { name: "Ask to join" }).click();
    await owner.getByText("Guest asks to join").waitFor();
    await owner.getByRole("button", { name: "Admit" }).click();
    // By a timer: a page that is not in front may get no animation frames.
    for (const page of [owner, guest]) {
      await page.waitForFunction(
        () => {
          const videos = [...document.querySelectorAll("video")];
          return videos.length === 2 && videos.every(({ videoWidth }) => videoWidth > 0);
        },
        undefined,
        { polling: 100 },
      );
    }
    expect(await owner.locator("video").count()).toBe(2);
    await context.close();
  });
});
