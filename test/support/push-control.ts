/** How tests in workerd steer the push providers that the Worker uses (see push-service.ts). */
import { connect, someone, type Client } from "./client.ts";
import type { PushOrder, PushState } from "./push-orders.ts";
import { withVariables } from "./variables.ts";

/** Gives an order and returns what the providers say. */
export async function providers(order: PushOrder = {}): Promise<PushState> {
  const init = { method: "POST", body: JSON.stringify(order) };
  return (await fetch("http://push.test/control", init)).json();
}

/** Configures all providers for this test, apart from what is said otherwise. */
export async function withProviders(vars: Readonly<Record<string, string>> = {}): Promise<void> {
  withVariables({ ...(await providers()).variables, ...vars });
}

/** A token that no other test uses, in hexadecimal. */
export function deviceToken(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** Waits until a device has got so many pushes, and returns them. */
export async function pushes(to: string, count = 1): Promise<PushState["recorded"]> {
  for (;;) {
    const { recorded } = await providers({ recorded: to });
    if (recorded.length >= count) return recorded;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A user who can be reached by these routes only. */
export async function pushable(...routes: object[]): Promise<string> {
  const user = someone("callee");
  for (const [index, route] of routes.entries()) {
    const client = await connect(user, `device=device-${index}`);
    client.send("push.register", { ...route });
    await client.next("push.registered");
    client.close();
    await client.closed;
  }
  return user;
}

/** Calls somebody and waits until the caller is told that it rings. */
export async function callTo(
  callee: string,
  start: object = {},
): Promise<{ caller: Client; session: string }> {
  const caller = await connect(someone("caller"));
  caller.send("call.start", { callee_id: callee, ...start });
  const session = String((await caller.next("call.ringing"))["session_id"]);
  return { caller, session };
}
