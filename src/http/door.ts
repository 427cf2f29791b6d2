/** Types of the HTTP side: what Hono hands from one handler to the next. */
import type { Config } from "../config.ts";

/** Bindings and variables of the Hono application. */
export interface Door {
  Bindings: Env;
  Variables: { config: Config };
}
