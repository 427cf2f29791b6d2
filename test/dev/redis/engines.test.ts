import { describe } from "vitest";
import { createEmbeddedEngine } from "../../../dev/redis/embedded.ts";
import { startRedisServer } from "../../../dev/redis/redis-server.ts";
import { redisEngineContract } from "../../contracts/redis-engine.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import { differentialTests } from "./differential.ts";
import { serveRealTests } from "./serve-real.ts";

describe("the embedded engine", () => {
  redisEngineContract(async () => createEmbeddedEngine());
});

describeWithRedis("a real redis-server, and the embedded engine compared with it", (file) => {
  describe("the real server", () => redisEngineContract(() => startRedisServer(file)));
  describe("the choice of an engine", () => serveRealTests(file));
  describe("both engines", () => differentialTests(() => startRedisServer(file)));
});
