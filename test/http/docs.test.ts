import { describe, expect, it } from "vitest";
import { request } from "../support/client.ts";

describe("/docs", () => {
  it("EVENT-10 shows the HTTP interface without loading anything from elsewhere", async () => {
    const page = await request("/docs");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    for (const path of ["/api/event", "/api/events", "/api/channels/{name}/presence", "/login"]) {
      expect(html).toContain(` ${path}<`);
    }
    expect(html).not.toMatch(/(src|href)="(https?:|\/\/)|<script/);
    const document = await (await request("/docs/openapi.json")).json<{ openapi: string }>();
    expect(document.openapi).toBe("3.1.0");
  });
});
