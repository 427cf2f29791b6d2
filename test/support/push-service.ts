/**
 * Push providers for tests in workerd, at http://push.test and https://push.test, run in Node next to
 * the test runner. Tests steer them through http://push.test/control.
 */
import { FakeProviders } from "../../dev/push/fake.ts";
import type { PushOrder, PushState } from "./push-orders.ts";

const BASE = "http://push.test";

/** Serves the providers. Their keys are made when they are first asked for. */
export function pushService(): (request: Request) => Promise<Response> {
  let made: FakeProviders | undefined;
  const ahead = new Map<string, number>();
  const answer = (order: PushOrder): PushState => {
    made ??= new FakeProviders();
    if (order.break) made.break(order.break);
    if (order.revoke) made.fcm.revoke();
    if (order.ahead) ahead.set(order.ahead.scope, order.ahead.ms);
    return {
      variables: made.keys.variables(BASE),
      recorded: made.recorded(order.recorded),
      ...(order.subscribe ? { subscription: made.browser.subscribe("https://push.test") } : {}),
    };
  };
  return async (request) => {
    if (new URL(request.url).pathname === "/control") {
      return Response.json(answer((await request.json()) as PushOrder));
    }
    made ??= new FakeProviders();
    const [, aheadMs = 0] = [...ahead].find(([scope]) => request.url.includes(scope)) ?? [];
    const response = await made.handle(request, Date.now() + aheadMs);
    return response ?? new Response("no such provider", { status: 404 });
  };
}
