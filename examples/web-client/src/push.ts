/** Ringing while the page is closed: the browser's push subscription, and where the service knows it. */
import type { Session } from "./session.ts";
import { readToken } from "./token.ts";

/** What the page needs of the browser, replaceable. */
export interface PushBrowser {
  readonly permission: () => NotificationPermission;
  readonly ask: () => Promise<NotificationPermission>;
  /** Registers the service worker at that address. */
  readonly register: (address: string) => Promise<Pick<ServiceWorkerRegistration, "pushManager">>;
  readonly fetch: typeof fetch;
  /** What a person has chosen, beyond the life of the page. */
  readonly choices: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/** `none`: neither browser nor server can; `denied`: the person has said no. */
export type PushState = "none" | "off" | "on" | "denied";

/** This browser, if it can show pushes at all. */
export const ownBrowser = (): PushBrowser | undefined => {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return undefined;
  return {
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    register: async (address) => {
      await navigator.serviceWorker.register(address);
      return navigator.serviceWorker.ready;
    },
    fetch: (...given) => fetch(...given),
    choices: localStorage,
  };
};

/** Makes this browser ring while the page is closed, or stop. */
export class PushRegistration {
  readonly #session: Session;
  readonly #device: string;
  readonly #browser: PushBrowser;
  #key: string | undefined;

  constructor(session: Session, device: string, browser: PushBrowser) {
    this.#session = session;
    this.#device = device;
    this.#browser = browser;
  }

  /**
   * Says what is possible, and subscribes at once where the person has allowed it before and not turned
   * it off since.
   */
  async begin(): Promise<PushState> {
    this.#key = await this.#serverKey();
    if (this.#key === undefined) return "none";
    const permission = this.#browser.permission();
    if (permission === "denied") return "denied";
    const unwanted = this.#browser.choices.getItem(this.#choice) !== null;
    return permission === "granted" && !unwanted ? this.#subscribe() : "off";
  }

  /** Whether the person lets this page show notifications. */
  get isAllowed(): boolean {
    return this.#browser.permission() === "granted";
  }

  /** Asks the person and subscribes. To be called from a click: browsers ask for nothing else. */
  async turnOn(): Promise<PushState> {
    const permission = await this.#browser.ask();
    if (permission === "denied") return "denied";
    if (permission !== "granted") return "off";
    this.#browser.choices.removeItem(this.#choice);
    return this.#subscribe();
  }

  /**
   * Has the service forget this browser, until this user turns it on again. A service that cannot be
   * told finds the subscription ended.
   */
  async turnOff(): Promise<PushState> {
    this.#browser.choices.setItem(this.#choice, "off");
    const { pushManager } = await this.#worker();
    await (await pushManager.getSubscription())?.unsubscribe();
    await this.#tell("DELETE").catch(() => undefined);
    return "off";
  }

  /** The user signs out: calls for them ring here no more, until they sign in again. */
  async leave(): Promise<void> {
    if (this.isAllowed) await this.#tell("DELETE").catch(() => undefined);
  }

  /** Where it is remembered that this user wants no pushes here. */
  get #choice(): string {
    const { server, token } = this.#session;
    return `edgering.push ${server} ${readToken(token)?.userId ?? ""}`;
  }

  /** The key by which to subscribe; none when the server pushes to no browser. */
  async #serverKey(): Promise<string | undefined> {
    const response = await this.#browser
      .fetch(`${this.#session.server}/push/vapid`)
      .catch(() => undefined);
    if (!response?.ok) return undefined;
    const { public_key } = (await response.json()) as { public_key?: unknown };
    return typeof public_key === "string" ? public_key : undefined;
  }

  #worker() {
    const address = `/service-worker.js?server=${encodeURIComponent(this.#session.server)}`;
    return this.#browser.register(address);
  }

  async #subscribe(): Promise<PushState> {
    try {
      const { pushManager } = await this.#worker();
      const known = await pushManager.getSubscription();
      // The server has got another key since then, so it could not use the old subscription.
      const isCurrent = known !== null && keyOf(known) === this.#key;
      if (!isCurrent) await known?.unsubscribe();
      const subscription = isCurrent
        ? known
        : await pushManager.subscribe({
            userVisibleOnly: true,
            applicationServerKey: this.#key ?? null,
          });
      const { endpoint, keys } = subscription.toJSON();
      return (await this.#tell("PUT", { os: "web", subscription: { endpoint, keys } }))
        ? "on"
        : "off";
    } catch {
      // No network to the browser's push service, or a browser that has none.
      return "off";
    }
  }

  async #tell(method: "PUT" | "DELETE", body?: object): Promise<boolean> {
    const { server, token } = this.#session;
    const response = await this.#browser.fetch(
      `${server}/devices/${encodeURIComponent(this.#device)}`,
      {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      },
    );
    return response.ok;
  }
}

/** The key that a subscription was made with, base64url. */
const keyOf = ({ options }: PushSubscription): string => {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};
