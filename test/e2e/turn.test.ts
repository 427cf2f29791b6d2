/** Two pages that may only use relays, through a real TURN server. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, startChromium } from "./support/chromium.ts";
import { startLiveWorker, type LiveWorker } from "./support/live-worker.ts";
import { Person } from "./support/person.ts";
import {
  findTurnServer,
  MISSING_TURN_SERVER,
  startTurnServer,
  type TurnServer,
} from "./support/turn-server.ts";

const SECRET = "a shared secret";
const chromium = findChromium();
const turnserver = findTurnServer();
if (turnserver === undefined && process.env["CI"] !== undefined)
  throw new Error(MISSING_TURN_SERVER);
if (turnserver === undefined) console.warn(MISSING_TURN_SERVER);

/** Every connection of the page uses relays alone. Runs in the page. */
const relaysOnly = () => {
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: "relay" });
    }
  };
};

/** Kinds of the two ends of the pair that is in use. Runs in the page. */
const kindsInUse = async () => {
  const { peerConnections } = window as unknown as { peerConnections: RTCPeerConnection[] };
  const stats = await peerConnections.at(-1)?.getStats();
  const all = [...(stats?.values() ?? [])] as Record<string, unknown>[];
  const pair = all.find((one) => one["type"] === "candidate-pair" && one["nominated"] === true);
  return ["localCandidateId", "remoteCandidateId"].map(
    (end) => all.find(({ id }) => id === pair?.[end])?.["candidateType"],
  );
};

const both = chromium !== undefined && turnserver !== undefined ? [{ chromium, turnserver }] : [];

describe.each(both)("a relay", (found) => {
  let turn: TurnServer;
  let worker: LiveWorker;
  let browser: Browser;
  const people: Person[] = [];

  beforeAll(async () => {
    turn = await startTurnServer(found.turnserver, SECRET);
    const variables = { TURN_URLS: turn.url, TURN_SECRET: SECRET };
    [worker, browser] = await Promise.all([
      startLiveWorker(variables),
      startChromium(found.chromium),
    ]);
  }, 90_000);

  afterAll(async () => {
    await Promise.all(people.map((person) => person.leave()));
    await browser?.close();
    await worker?.stop();
    await turn?.stop();
  });

  it("E2E-12 carries a call with credentials from /ice-servers", { timeout: 60_000 }, async () => {
    for (const name of ["Ada", "Bob"]) {
      const port = Number(new URL(worker.url).port);
      const person = await Person.open({ browser, port, name });
      people.push(person);
      await person.page.addInitScript(relaysOnly);
      await person.page.reload();
      await person.signIn();
    }
    const [ada, bob] = people as [Person, Person];
    await ada.call(bob.userId, "Video call");
    await bob.rung();
    await bob.press("Video");
    await Promise.all([ada.talking(), bob.talking()]);
    await Promise.all([ada.receivesMore(), bob.receivesMore()]);
    for (const { page } of people) {
      expect(await page.evaluate(kindsInUse)).toEqual(["relay", "relay"]);
    }
  });
});
