/** One user with a browser of their own, behind a proxy of their own. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startProxy, type CuttableProxy } from "./cuttable-proxy.ts";

/** Lets tests look at the page's peer connections. Runs in the page before its scripts. */
const watchConnections = () => {
  const made: RTCPeerConnection[] = [];
  Object.assign(window, { peerConnections: made });
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      made.push(this);
    }
  };
};

/** Who opens the page, and with what. */
export interface PersonOptions {
  readonly browser: Browser;
  readonly port: number;
  readonly name: string;
  /** What the browser allows; everything else is refused. */
  readonly permissions?: readonly string[];
  /** Shows the network panel. */
  readonly panel?: boolean;
}

export class Person {
  readonly page: Page;
  readonly name: string;
  readonly userId: string;
  readonly #context: BrowserContext;
  readonly #proxy: CuttableProxy;

  private constructor(page: Page, name: string, userId: string, proxy: CuttableProxy) {
    this.page = page;
    this.name = name;
    this.userId = userId;
    this.#context = page.context();
    this.#proxy = proxy;
  }

  /** Opens a browser window at the sign-in. */
  static async open(options: PersonOptions): Promise<Person> {
    const { browser, port, name, permissions = ["microphone", "camera"], panel } = options;
    const proxy = await startProxy(port);
    const context = await browser.newContext({ permissions: [...permissions] });
    await context.addInitScript(watchConnections);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(panel === true ? `${proxy.url}/?panel` : proxy.url);
    const userId = `${name.toLowerCase()}-${Math.random().toString(36).slice(2, 8)}`;
    return new Person(page, name, userId, proxy);
  }

  /** Signs in by name and waits for the connection. */
  async signIn(): Promise<void> {
    await this.giveName();
    await this.connected();
  }

  /** Signs in by name, whatever comes of it. */
  async giveName(): Promise<void> {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByLabel("Your user id").fill(this.userId);
    await this.press("Sign in");
  }

  /** Opens a second tab that starts as a copy of this one, as the browser's "duplicate tab" does. */
  async duplicate(): Promise<Page> {
    const stored = await this.page.evaluate(() =>
      Object.fromEntries(Object.entries(sessionStorage)),
    );
    const tab = await this.#context.newPage();
    await tab.addInitScript((entries) => {
      Object.assign(sessionStorage, entries);
    }, stored);
    await tab.goto(this.#proxy.url);
    return tab;
  }

  connected(): Promise<void> {
    return this.page.locator(".badge", { hasText: /^Connected$/ }).waitFor();
  }

  async call(userId: string, kind: "Video call" | "Audio call"): Promise<void> {
    await this.page.getByLabel("User id").fill(userId);
    await this.press(kind);
  }

  press(button: string): Promise<void> {
    return this.page.getByRole("button", { name: button, exact: true }).click();
  }

  /** Waits until the page shows this text. */
  sees(text: string | RegExp): Promise<void> {
    return this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  rung(): Promise<void> {
    return this.page.getByRole("alertdialog").waitFor();
  }

  /** Waits until media flows. */
  talking(): Promise<void> {
    return this.page.getByRole("timer").waitFor();
  }

  /** Waits until the other side's picture is shown, or is not. */
  seesPicture(shown: boolean): Promise<void> {
    return this.page.locator(`video.remote[data-shown="${shown}"]`).waitFor({ state: "attached" });
  }

  /**
   * Waits until the last peer connection has received more media than now. Returns the number of
   * bytes.
   */
  async receivesMore(): Promise<number> {
    const before = await this.#bytes();
    let now = before;
    while (now <= before) now = await this.#bytes();
    return now;
  }

  connectionState(): Promise<string | undefined> {
    return this.page.evaluate(
      () => (window as unknown as Watched).peerConnections.at(-1)?.connectionState,
    );
  }

  /** Breaks the page's connections to the service, and waits until it is back. */
  async loseSocket(): Promise<void> {
    const before = this.#proxy.sockets();
    this.#proxy.cut();
    while (this.#proxy.sockets() === before)
      await this.page.evaluate(() => new Promise(requestAnimationFrame));
  }

  /** Takes the page off the network, or back onto it. */
  async offline(off: boolean): Promise<void> {
    this.#proxy.block(off);
    await this.#context.setOffline(off);
  }

  /** Back to no call, whatever a test that failed has left behind. */
  async rest(): Promise<void> {
    const home = this.page.getByRole("button", { name: "Sign out" });
    const out = this.page.getByRole("button", { name: /^(Hang up|Cancel|Decline)$/ });
    await home.or(out).first().waitFor();
    // Not pressed as a person would: the other side may be about to hang up as well.
    await out.evaluateAll(([button]) => (button as HTMLElement | undefined)?.click());
    await home.waitFor();
    await this.connected();
  }

  async leave(): Promise<void> {
    await this.#context.close();
    await this.#proxy.close();
  }

  #bytes(): Promise<number> {
    return this.page.evaluate(async () => {
      await new Promise(requestAnimationFrame);
      const report = await (window as unknown as Watched).peerConnections.at(-1)?.getStats();
      const streams = [...(report?.values() ?? [])].filter(({ type }) => type === "inbound-rtp");
      return streams.reduce((sum: number, { bytesReceived }) => sum + Number(bytesReceived), 0);
    });
  }
}

interface Watched {
  readonly peerConnections: RTCPeerConnection[];
}
