/** Push providers that take everything, check it as the real ones do, and remember what they got. */
import { FakeApns } from "./fake-apns.ts";
import { FakeBrowser } from "./fake-browser.ts";
import { FakeFcm } from "./fake-fcm.ts";
import type { Judged, Post } from "./judged.ts";
import type { Fault, Recorded } from "./recorded.ts";
import { makeKeys, type ProviderKeys } from "./keys.ts";

const KEPT = 200;

/** All providers at one address. */
export class FakeProviders {
  readonly keys: ProviderKeys = makeKeys();
  readonly fcm = new FakeFcm(this.keys);
  readonly apns = new FakeApns(this.keys);
  readonly browser = new FakeBrowser(this.keys);
  readonly #recorded: Recorded[] = [];
  readonly #faults: { fault: Fault; left: number }[] = [];

  /** What came lately, in order; for one device if it is named. */
  recorded(to?: string): readonly Recorded[] {
    return this.#recorded.filter((record) => to === undefined || record.to === to);
  }

  /** Has something go wrong. */
  break(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Infinity });
  }

  /** Answers a request; nothing when it is for no provider. `now`: the Worker's time. */
  async handle(request: Request, now = Date.now()): Promise<Response | undefined> {
    const url = new URL(request.url);
    const way = this.#wayOf(url.pathname);
    if (!way || request.method !== "POST") return undefined;
    const headers = Object.fromEntries(request.headers);
    const body = Buffer.from(await request.arrayBuffer());
    const judged = judge(() => way.take({ url, headers, body, now }));
    const fault = this.#meet(judged.to);
    const status = fault?.status ?? judged.status;
    const { to, said, problems } = judged;
    this.#record({ provider: way.provider, at: now, to, headers, said, status, problems });
    if (fault?.hang) return new Promise(() => {});
    const answer = fault ? fault.body : judged.answer;
    const init = { status, headers: { ...fault?.headers } };
    return answer === undefined ? new Response(null, init) : Response.json(answer, init);
  }

  #wayOf(path: string) {
    const ways = [
      { start: "/oauth/", provider: "oauth", take: (post: Post) => this.fcm.token(post) },
      { start: "/v1/projects/", provider: "fcm", take: (post: Post) => this.fcm.send(post) },
      { start: "/3/device/", provider: "apns", take: (post: Post) => this.apns.send(post) },
      { start: "/web/", provider: "web_push", take: (post: Post) => this.browser.send(post) },
    ] as const;
    return ways.find(({ start }) => path.startsWith(start));
  }

  #meet(to: string): Fault | undefined {
    const set = this.#faults.find(({ fault, left }) => left > 0 && fault.to === to);
    if (set) set.left -= 1;
    return set?.fault;
  }

  #record(record: Recorded): void {
    this.#recorded.push(record);
    if (this.#recorded.length > KEPT) this.#recorded.shift();
  }
}

/** A request that cannot even be read is the sender's fault. */
function judge(take: () => Judged): Judged {
  try {
    return take();
  } catch (error) {
    return { status: 400, answer: undefined, problems: [String(error)], to: "" };
  }
}
