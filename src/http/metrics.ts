/** `GET /metrics`: counts of this isolate, for the operator only. */
import type { Handler } from "hono";
import { metrics } from "../metrics.ts";
import type { Door } from "./door.ts";
import { plainText } from "./refusal.ts";
import { sameText } from "./same-text.ts";

/** Answers in Prometheus's text format to whoever knows `METRICS_KEY`; without the variable, nobody. */
export const showMetrics: Handler<Door> = async (c) => {
  const { METRICS_KEY } = c.var.config;
  if (!METRICS_KEY) return c.notFound();
  const given = /^bearer\s+(.*)$/i.exec(c.req.header("authorization") ?? "")?.[1]?.trim() ?? "";
  if (!(await sameText(given, METRICS_KEY))) return plainText(401, "Unauthorized\n");
  return new Response(metrics.render(), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
};
