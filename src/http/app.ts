/** The routes. */
import { Hono } from "hono";
import { ConfigError, parseConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { apiKey } from "./api-key.ts";
import { getHistory, getPresence } from "./channels.ts";
import { connect } from "./connect.ts";
import { callByToken } from "./calls.ts";
import { cors, preflight } from "./cors.ts";
import { deleteDevice, putDevice } from "./devices.ts";
import { devPush } from "./dev-push.ts";
import { devToken } from "./dev-token.ts";
import { showDocs, showOpenapi } from "./docs.ts";
import type { Door } from "./door.ts";
import { postEvent, postEvents } from "./events.ts";
import { health } from "./health.ts";
import { iceServers } from "./ice-servers.ts";
import { limitBy } from "./limit.ts";
import { login } from "./login.ts";
import { showMetrics } from "./metrics.ts";
import { complain, vapidKey } from "./providers.ts";
import { mintApp } from "./mint-app.ts";
import { peerConnect } from "./peer-connect.ts";
import { plainText } from "./refusal.ts";
import { peerCodecs } from "../wire/peer-codecs.ts";

/** Builds the HTTP side of the service. */
export function createApp(): Hono<Door> {
  const app = new Hono<Door>();
  app.use(async (c, next) => {
    c.set("config", parseConfig(c.env as unknown as Record<string, unknown>));
    complain(c.var.config);
    await next();
  });
  app.use(cors);
  for (const path of ["/ws", "/health", "/metrics", "/dev/token"]) app.options(path, preflight);
  app.get("/ws", limitBy("SOCKET_LIMIT"), connect);
  for (const path of ["/app", "/ice-servers"]) app.options(path, preflight);
  app.post("/app", limitBy("APP_LIMIT"), mintApp);
  app.get("/ice-servers", limitBy("ICE_LIMIT"), iceServers);
  for (const codec of peerCodecs) {
    app.options(codec.path, preflight);
    app.all(codec.path, limitBy("SOCKET_LIMIT"), peerConnect(codec));
  }
  app.get("/health", health);
  app.get("/metrics", showMetrics);
  app.post("/dev/token", limitBy("TOKEN_LIMIT"), devToken);
  for (const path of ["/devices/:device", "/calls/:id", "/calls/:id/:action", "/push/vapid"]) {
    app.options(path, preflight);
  }
  app.put("/devices/:device", limitBy("SOCKET_LIMIT"), putDevice);
  app.delete("/devices/:device", limitBy("SOCKET_LIMIT"), deleteDevice);
  app.get("/calls/:id", limitBy("SOCKET_LIMIT"), callByToken);
  app.post("/calls/:id/:action", limitBy("SOCKET_LIMIT"), callByToken);
  app.get("/push/vapid", vapidKey);
  channelRoutes(app);
  app.get("/dev/push", devPush);
  app.get("*", async (c) => {
    const file = await c.env.ASSETS?.fetch(c.req.raw);
    return file === undefined || file.status === 404 ? c.notFound() : file;
  });
  app.notFound(() => plainText(404, "404 page not found"));
  app.onError((error, c) => {
    if (error instanceof ConfigError) return plainText(500, `${error.message}\n`);
    const level = c.var.config?.LOG_LEVEL ?? "info";
    createLog(level)("error", "defect", { path: c.req.path, error: String(error) });
    return plainText(500, "Internal server error\n");
  });
  return app;
}

/** Channels over HTTP, and the guests of the chat. */
function channelRoutes(app: Hono<Door>): void {
  const events = ["/api/event", "/api/events"];
  const reads = ["/api/channels/:name/presence", "/api/channels/:name/history"];
  for (const path of [...events, ...reads, "/login", "/docs", "/docs/openapi.json"])
    app.options(path, preflight);
  for (const path of [...events, ...reads]) app.use(path, apiKey);
  app.post("/api/event", postEvent);
  app.post("/api/events", postEvents);
  app.get("/api/channels/:name/presence", getPresence);
  app.get("/api/channels/:name/history", getHistory);
  app.get("/docs", showDocs);
  app.get("/docs/openapi.json", showOpenapi);
  app.all("/login", limitBy("TOKEN_LIMIT"), login);
}
