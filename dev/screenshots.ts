/**
 * Takes pictures of the web client in every state, with two browsers in a real call or room.
 *
 *     node dev/screenshots.ts             renews the pictures in docs/images
 *     node dev/screenshots.ts <folder>    all states, both sizes and colour schemes, to look at
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page, WebSocketRoute } from "playwright-core";
import {
  closeStudio,
  forAda,
  forGrace,
  open,
  press,
  SCHEMES,
  type Setting,
  shows,
  signIn,
  SIZES,
} from "./studio.ts";

/** The pictures that the documents show: state → file. */
const KEPT: Readonly<Record<string, string>> = {
  "desktop-light-sign-in": "sign-in.png",
  "phone-light-incoming": "incoming-call.png",
  "desktop-light-in-call": "in-call-desktop.png",
  "phone-light-in-call": "in-call-phone.png",
  "desktop-light-room": "room.png",
  "desktop-light-chat": "chat.png",
  "desktop-light-channels": "channels.png",
};

const folder = process.argv[2];
const target = folder ?? join(import.meta.dirname, "..", "docs", "images");

mkdirSync(target, { recursive: true });

const shoot = async (page: Page, { size, scheme }: Setting, state: string): Promise<void> => {
  const name = `${size}-${scheme}-${state}`;
  const file = folder === undefined ? KEPT[name] : `${name}.png`;
  if (file === undefined) return;
  await page.waitForFunction("[...document.images].every((image) => image.complete)");
  await page.screenshot({ path: join(target, file) });
};

const call = async (page: Page, userId: string, kind: string): Promise<void> => {
  await page.getByLabel("User id").fill(userId);
  await press(page, kind);
};

/** The states of one call from both sides. */
const shootCall = async (setting: Setting): Promise<void> => {
  const [ada, grace] = await Promise.all([open(forAda, setting), open(forGrace, setting)]);
  await ada.getByLabel("Your name").fill("Ada Berg");
  await shoot(ada, setting, "sign-in");
  await ada.getByText("With a token").click();
  await shoot(ada, setting, "sign-in-token");
  await ada.getByText("By name").click();
  await Promise.all([signIn(ada, "Ada Berg"), signIn(grace, "Grace Lund")]);
  await shoot(ada, setting, "home");
  await call(ada, "nobody", "Audio call");
  await shows(ada, "nobody is offline.");
  await shoot(ada, setting, "offline");

  await call(ada, "grace-lund", "Video call");
  await grace.getByRole("alertdialog").waitFor();
  await shows(ada, "Ringing…");
  await shoot(ada, setting, "ringing");
  await shoot(grace, setting, "incoming");
  await grace.context().clearPermissions();
  await grace.context().grantPermissions(["microphone"]);
  await press(grace, "Video");
  await shows(grace, "The camera is blocked.");
  await shoot(grace, setting, "camera-blocked");
  await grace.context().grantPermissions(["microphone", "camera"]);
  await press(grace, "Video");
  await Promise.all([ada, grace].map((page) => page.getByRole("timer").waitFor()));
  await shows(ada, "0:03");
  await shoot(ada, setting, "in-call");
  await press(ada, "Mute");
  await press(grace, "Camera off");
  await ada.locator('video.remote[data-shown="false"]').waitFor({ state: "attached" });
  await shoot(ada, setting, "muted-without-picture");
  await shoot(grace, setting, "own-camera-off");
  await press(grace, "Hang up");
  await shows(ada, "Grace Lund ended the call.");
  await shoot(ada, setting, "ended");
  await Promise.all([ada.context().close(), grace.context().close()]);
};

/** The states of a connection that is lost or taken away. */
const shootConnection = async (setting: Setting): Promise<void> => {
  const [ada, grace] = await Promise.all([open(forAda, setting), open(forGrace, setting)]);
  const sockets: WebSocketRoute[] = [];
  let reachable = true;
  // Of the calls alone: the chat has a socket of its own.
  await ada.routeWebSocket(/\/ws\?.*resume=1/, (socket) => {
    sockets.push(socket);
    if (reachable) socket.connectToServer();
  });
  await Promise.all([signIn(ada, "Ada Berg"), signIn(grace, "Grace Lund")]);
  await call(ada, "grace-lund", "Audio call");
  await press(grace, "Audio");
  await ada.getByRole("timer").waitFor();
  reachable = false;
  const before = sockets.length;
  await sockets.at(-1)?.close({ code: 1011 });
  await shows(ada, "Reconnecting to the server.");
  while (sockets.length === before) await ada.evaluate("new Promise(requestAnimationFrame)");
  await shoot(ada, setting, "reconnecting");
  await press(ada, "Hang up");
  await shoot(ada, setting, "connecting");
  await sockets.at(-1)?.close({ code: 4001 });
  await shows(ada, "You are signed in elsewhere");
  await shoot(ada, setting, "replaced");
  await press(grace, "Hang up");
  await Promise.all([ada.context().close(), grace.context().close()]);
};

/** Resolves when a video shows something. Runs in the page. */
const hasPicture = (video: object): Promise<void> =>
  new Promise((resolve) => {
    (video as VideoFrames).requestVideoFrameCallback(() => resolve());
  });

interface VideoFrames {
  requestVideoFrameCallback(shown: () => void): void;
}

/** A room of two, and a third who asks to come in. */
const shootRoom = async (setting: Setting): Promise<void> => {
  const people = [await open(forAda, setting), await open(forGrace, setting)] as const;
  const [ada, grace] = people;
  const tim = await open(forAda, setting);
  const knock = async (page: Page, name: string): Promise<void> => {
    await signIn(page, name);
    await press(page, "Rooms");
    await shoot(page, setting, "rooms");
    await page.getByLabel("Room", { exact: true }).fill("Standup");
    await press(page, page === ada ? "Create room" : "Ask to join");
  };
  await knock(ada, "Ada Berg");
  await shows(ada, "1 here");
  await knock(grace, "Grace Lund");
  await press(ada, "Admit Grace Lund");
  for (const { mouse } of people) await mouse.move(0, 0);
  await Promise.all(people.map((page) => page.locator("video[data-shown=true]").nth(1).waitFor()));
  await Promise.all(people.map((page) => page.locator("video.tile").last().evaluate(hasPicture)));
  await knock(tim, "Tim Okafor");
  await shows(ada, "Tim Okafor asks to join");
  await shows(tim, "Waiting to be let into");
  await shoot(ada, setting, "room");
  await shoot(tim, setting, "room-waiting");
  await Promise.all([...people, tim].map((page) => page.context().close()));
};

const SAID = [
  "The new region is up. Did the calls survive the deploy?",
  "Two were talking all the time, and noticed nothing.",
  "Good. I will look at the figures tomorrow.",
];

/** Two users in a chat room, and the same two on a channel. */
const shootChannels = async (setting: Setting): Promise<void> => {
  const [ada, grace] = [await open(forAda, setting), await open(forGrace, setting)];
  await signIn(ada, "Ada Berg");
  await signIn(grace, "Grace Lund");
  for (const page of [ada, grace]) await press(page, "Chat");
  await ada.getByLabel("Here now").getByText("Grace Lund").waitFor();
  for (const [turn, text] of SAID.entries()) {
    const page = turn === 1 ? grace : ada;
    await page.getByLabel("Message", { exact: true }).fill(text);
    await press(page, "Send");
    await Promise.all([shows(ada, text), shows(grace, text)]);
  }
  await grace.getByLabel("Message", { exact: true }).fill("So will");
  await shows(ada, "Grace Lund is writing");
  await shoot(ada, setting, "chat");
  for (const page of [ada, grace]) {
    await press(page, "Channels");
    await page.getByLabel("Channel", { exact: true }).fill("scores");
    await press(page, "Subscribe");
    await shows(ada, `presence_${page === ada ? "sync" : "join"}`);
  }
  for (const home of [1, 2]) {
    await grace.getByLabel("Payload").fill(`{"home": ${home}, "guests": 1}`);
    await press(grace, "Publish");
    await shows(ada, `"home":${home}`);
  }
  await shoot(ada, setting, "channels");
  await Promise.all([ada.context().close(), grace.context().close()]);
};

try {
  for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    for (const scheme of folder === undefined ? (["light"] as const) : SCHEMES) {
      await shootCall({ size, scheme });
      if (folder !== undefined || size === "desktop") {
        await shootRoom({ size, scheme });
        await shootChannels({ size, scheme });
      }
      if (folder !== undefined) await shootConnection({ size, scheme });
    }
  }
} finally {
  await closeStudio();
}
