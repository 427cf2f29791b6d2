/**
 * The page's service worker, to which pushes are delivered through the browser's developer tools. Its
 * page looks again by a timer: a page that is not in front may get no animation frames.
 */
import type { CDPSession, Page } from "playwright-core";

interface Updated {
  readonly registrations: readonly { readonly registrationId: string; readonly scopeURL: string }[];
}

export class PushedWorker {
  readonly #page: Page;
  readonly #tools: CDPSession;
  readonly #registrationId: string;

  private constructor(page: Page, tools: CDPSession, registrationId: string) {
    this.#page = page;
    this.#tools = tools;
    this.#registrationId = registrationId;
  }

  /** Waits until the page's service worker is at work: one that still starts up gets no pushes. */
  static async of(page: Page): Promise<PushedWorker> {
    await page.evaluate(async () => {
      // The page registers it by itself where notifications are allowed. A second registration from here,
      // by another address, would replace it while it works.
      const worker = await navigator.serviceWorker.ready;
      const isReady = () =>
        worker.active?.state === "activated" && !worker.installing && !worker.waiting;
      while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 10));
    });
    const tools = await page.context().newCDPSession(page);
    const id = new Promise<string>((resolve) => {
      tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }: Updated) => {
        const [first] = registrations;
        if (first) resolve(first.registrationId);
      });
    });
    await tools.send("ServiceWorker.enable");
    return new PushedWorker(page, tools, await id);
  }

  /** Delivers a push, as the browser's push service would. */
  async #deliver(message: object): Promise<void> {
    await this.#tools.send("ServiceWorker.deliverPushMessage", {
      origin: new URL(this.#page.url()).origin,
      registrationId: this.#registrationId,
      data: JSON.stringify(message),
    });
  }

  /**
   * Delivers a push until the worker has taken it: the tools lose what comes while it starts, where a push
   * service would deliver it again. Returns the titles of all notifications that are then shown.
   */
  async shows(title: string, message: object): Promise<string[]> {
    for (;;) {
      await this.#deliver(message);
      const titles = await this.#titlesWith(title);
      if (titles) return titles;
    }
  }

  /** Waits for a notification for a while, and returns the titles of all that are shown. */
  #titlesWith(title: string): Promise<string[] | undefined> {
    return this.#page.evaluate(async (wanted) => {
      const worker = await navigator.serviceWorker.ready;
      for (let look = 0; look < 300; look += 1) {
        const titles = (await worker.getNotifications()).map((shown) => shown.title);
        if (titles.includes(wanted)) return titles;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return undefined;
    }, title);
  }
}
