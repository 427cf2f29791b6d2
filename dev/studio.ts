/**
 * Where pictures are taken: the development server, a browser with a made-up camera for each of two
 * people, and what is pressed there.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { findChromium, MISSING_CHROMIUM, startChromium } from "../test/e2e/support/chromium.ts";
import { startDevServer } from "../test/e2e/support/dev-server.ts";
import { portraitVideo } from "./portrait.ts";

export const SIZES = { phone: { width: 360, height: 640 }, desktop: { width: 1280, height: 800 } };
export const SCHEMES = ["light", "dark"] as const;

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

const executable = findChromium();
if (executable === undefined) throw new Error(MISSING_CHROMIUM);
const scratch = mkdtempSync(join(tmpdir(), "edgering-portraits-"));

const browserOf = async (who: keyof typeof COLOURS): Promise<Browser> => {
  const video = join(scratch, `${who}.y4m`);
  writeFileSync(video, portraitVideo(COLOURS[who]));
  return startChromium(executable, [`--use-file-for-fake-video-capture=${video}`]);
};

const server = await startDevServer();
export const [forAda, forGrace] = await Promise.all([browserOf("ada"), browserOf("grace")]);
const address = `http://localhost:${server.port}`;

export interface Setting {
  readonly size: keyof typeof SIZES;
  readonly scheme: (typeof SCHEMES)[number];
}

export const open = async (browser: Browser, { size, scheme }: Setting): Promise<Page> => {
  const permissions = ["microphone", "camera"];
  const look = { viewport: SIZES[size], colorScheme: scheme, permissions };
  const context = await browser.newContext({ ...look, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(address);
  return page;
};

export const press = (page: Page, name: string) =>
  page.getByRole("button", { name, exact: true }).click();
export const shows = (page: Page, text: string) =>
  page.getByText(text).filter({ visible: true }).first().waitFor();

export const signIn = async (page: Page, name: string): Promise<void> => {
  await page.getByLabel("Your name").fill(name);
  await press(page, "Sign in");
  await page.locator(".badge", { hasText: /^Connected$/ }).waitFor();
};

export const closeStudio = async (): Promise<void> => {
  await Promise.all([forAda.close(), forGrace.close()]);
  await server.stop();
  rmSync(scratch, { recursive: true });
};
