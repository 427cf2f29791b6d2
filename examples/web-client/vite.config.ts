/**
 * Builds the web client into `dist`, and serves it with hot reload in front of a running `npm run
 * dev`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/**
 * The page loads its own files only; sockets and requests may go to whichever server the user
 * names.
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' http: https: data:",
  "media-src 'self' blob:",
  "connect-src 'self' http: https: ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const contentPolicy: Plugin = {
  name: "content-policy",
  apply: "build", // the development server injects inline scripts
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: CONTENT_POLICY },
      injectTo: "head-prepend",
    },
  ],
};

const require = createRequire(import.meta.url);
const example = (...path: string[]) => join(import.meta.dirname, "..", ...path);

/** Files that are served beside the page: the other examples, and the library that existing pages load. */
const BESIDE: Readonly<Record<string, string>> = {
  "socket.io/socket.io.js": join(
    dirname(require.resolve("socket.io-client/package.json")),
    "dist/socket.io.min.js",
  ),
  "demo.html": example("socketio/demo.html"),
  "scripts/config.js": example("socketio/scripts/config.js"),
  "direct.html": example("direct/direct.html"),
};

const beside: Plugin = {
  name: "beside",
  apply: "build",
  generateBundle() {
    for (const [fileName, path] of Object.entries(BESIDE)) {
      this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
    }
  },
};

export default defineConfig({
  base: "/",
  plugins: [react(), contentPolicy, beside],
  build: { modulePreload: { polyfill: false } },
});
