/** Finds a Chromium on this machine and starts it with a made-up camera and microphone. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--disable-component-update",
  "--disable-background-networking",
  "--no-first-run",
  // Made-up devices; whether a page may use them is up to its context's permissions, as for real
  // ones.
  "--use-fake-device-for-media-stream",
  // Without a network nobody answers multicast DNS, so candidates name plain addresses.
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

const runnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** `CHROMIUM_PATH`, else the first known name on the PATH. */
export const findChromium = (): string | undefined => {
  const given = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates =
    given === undefined
      ? folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))
      : [given];
  return candidates.find(runnable);
};

export const MISSING_CHROMIUM =
  "No Chromium found: install one (Debian: apt-get install chromium) or set CHROMIUM_PATH. The browser tests are left out.";

export const startChromium = (
  executablePath: string,
  flags: readonly string[] = [],
): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] });
