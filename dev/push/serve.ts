/** Stand-ins for push providers, for developers who have set none up, on an address of their own. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Variables } from "../variables.ts";
import { FakeProviders } from "./fake.ts";
import { variablesOf } from "./keys.ts";
import { showPushes } from "./page.ts";

/** Running stand-ins. */
export interface PushStandIns {
  /** What the Worker has to know; nothing when a provider is set up. */
  readonly variables: Variables;
  readonly providers: FakeProviders;
  close(): Promise<void>;
}

/**
 * Starts stand-ins. As soon as one variable of a provider is given, be it empty, the developer's own
 * are used and what is not set is off, as in production.
 */
export async function servePush(given: Variables): Promise<PushStandIns> {
  const providers = new FakeProviders();
  const server = createServer((request, response) => {
    answer(providers, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const all: Variables = providers.keys.variables(base);
  const names = Object.values<readonly string[]>(variablesOf).flat();
  const isSetUp = names.some((name) => given[name] !== undefined);
  return {
    providers,
    variables: { ...(isSetUp ? {} : all), DEV_PUSH_URL: base },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(
  providers: FakeProviders,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = "GET", headers } = incoming;
  const url = `http://${headers.host}${incoming.url}`;
  if (method === "GET") {
    const wantsJson = headers.accept?.includes("application/json");
    const recorded = providers.recorded().toReversed();
    const type = wantsJson ? "application/json" : "text/html; charset=utf-8";
    outgoing.writeHead(200, { "content-type": type, "cache-control": "no-store" });
    outgoing.end(wantsJson ? JSON.stringify(recorded) : showPushes(recorded));
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const request = new Request(url, {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    body: Buffer.concat(chunks),
  });
  const response = (await providers.handle(request)) ?? new Response(null, { status: 404 });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
