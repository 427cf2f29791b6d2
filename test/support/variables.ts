/** Variables of the Worker under test, changed for one test. */
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";

/** Sets variables until the test ends. An object reads them when it starts: use users of your own. */
export function withVariables(vars: Readonly<Record<string, string>>): void {
  const settable = env as unknown as Record<string, string | undefined>;
  for (const [name, value] of Object.entries(vars)) {
    const before = settable[name];
    settable[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete settable[name];
      else settable[name] = before;
    });
  }
}
