/**
 * Takes pictures of the web client in every state, with two browsers in a real call.
 *
 *     node dev/screenshots.ts             renews the pictures in docs/images
 *     node dev/screenshots.ts <folder>    all states, both sizes and colour schemes, to look at
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page, WebSocketRoute } from "playwright-core";
import { findChromium, MISSING_CHROMIUM, startChromium } from "../test/e2e/support/chromium.ts";
import { startDevServer } from "../test/e2e/support/dev-server.ts";
import { portraitVideo } from "./portrait.ts";

const SIZES = { phone: { width: 360, height: 640 }, desktop: { width: 1280, height: 800 } };
const SCHEMES = ["light", "dark"] as const;

/** The pictures that the documents show: state → file. */
const KEPT: Readonly<Record<string, string>> = {
  "desktop-light-sign-in": "sign-in.png",
  "phone-light-incoming": "incoming-call.png",
  "desktop-light-in-call": "in-call-desktop.png",
  "phone-light-in-call": "in-call-phone.png",
};

const COLOURS = {
  ada: {
    wall: [120, 134, 112],
    clothes: [70, 150, 116],
    skin: [186, 112, 146],
    hair: [58, 118, 142],
  },
  grace: {
    wall: [176, 122, 128],
    clothes: [84, 116, 152],
    skin: [132, 112, 152],
    hair: [36, 126, 132],
  },
} as const;

const folder = process.argv[2];
const target = folder ?? join(import.meta.dirname, "..", "docs", "images");

const executable = findChromium();
if (executable === undefined) throw new Error(MISSING_CHROMIUM);
const scratch = mkdtempSync(join(tmpdir(), "edgering-portraits-"));
mkdirSync(target, { recursive: true });

const browserOf = async (who: keyof typeof COLOURS): Promise<Browser> => {
  const video = join(scratch, `${who}.y4m`);
  writeFileSync(video, portraitVideo(COLOURS[who]));
  return startChromium(executable, [`--use-file-for-fake-video-capture=${video}`]);
};

const server = await startDevServer();
const [forAda, forGrace] = await Promise.all([browserOf("ada"), browserOf("grace")]);
const address = `http://localhost:${server.port}`;

interface Setting {
  readonly size: keyof typeof SIZES;
  readonly scheme: (typeof SCHEMES)[number];
}

const shoot = async (page: Page, { size, scheme }: Setting, state: string): Promise<void> => {
  const name = `${size}-${scheme}-${state}`;
  const file = folder === undefined ? KEPT[name] : `${name}.png`;
  if (file === undefined) return;
  await page.waitForFunction("[...document.images].every((image) => image.complete)");
  await page.screenshot({ path: join(target, file) });
};

const open = async (browser: Browser, { size, scheme }: Setting): Promise<Page> => {
  const permissions = ["microphone", "camera"];
  const look = { viewport: SIZES[size], colorScheme: scheme, permissions };
  const context = await browser.newContext({ ...look, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(address);
  return page;
};

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const shows = (page: Page, text: string) =>
  page.getByText(text).filter({ visible: true }).first().waitFor();

const signIn = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel("Your name").fill(name);
  await press(page, "Sign in");
  await page.locator(".badge", { hasText: /^Connected$/ }).waitFor();
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
  await ada.routeWebSocket(/\/ws\?/, (socket) => {
    sockets.push(socket);
    if (reachable) socket.connectToServer();
  });
  await Promise.all([signIn(ada, "Ada Berg"), signIn(grace, "Grace Lund")]);
  await call(ada, "grace-lund", "Audio call");
  await press(grace, "Audio");
  await ada.getByRole("timer").waitFor();
  reachable = false;
  await sockets.at(-1)?.close({ code: 1011 });
  await shows(ada, "Reconnecting to the server.");
  await shoot(ada, setting, "reconnecting");
  await press(ada, "Hang up");
  await shoot(ada, setting, "connecting");
  await sockets.at(-1)?.close({ code: 4001 });
  await shows(ada, "You are signed in elsewhere");
  await shoot(ada, setting, "replaced");
  await Promise.all([ada.context().close(), grace.context().close()]);
};

try {
  for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    for (const scheme of folder === undefined ? (["light"] as const) : SCHEMES) {
      await shootCall({ size, scheme });
      if (folder !== undefined) await shootConnection({ size, scheme });
    }
  }
} finally {
  await Promise.all([forAda.close(), forGrace.close()]);
  await server.stop();
  rmSync(scratch, { recursive: true });
}
