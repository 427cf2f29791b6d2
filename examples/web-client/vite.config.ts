/**
 * Builds the web client into `dist`, and serves it with hot reload in front of a running `npm run
 * dev`.
 */
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

export default defineConfig({
  base: "/",
  plugins: [react(), contentPolicy],
  build: { modulePreload: { polyfill: false } },
});
