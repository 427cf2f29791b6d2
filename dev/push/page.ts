/** The page that shows what the stand-ins for push providers got. */
import type { Recorded } from "./recorded.ts";

const NAMES: Readonly<Record<Recorded["provider"], string>> = {
  oauth: "Google OAuth",
  fcm: "FCM",
  apns: "APNs",
  web_push: "Web Push",
};

const STYLE = `
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
  article { border: 1px solid #8884; border-radius: 8px; margin: 1rem 0; padding: .75rem 1rem; }
  h2 { font-size: 1rem; margin: 0; } .bad { color: #c02626; } .good { color: #18794e; }
  h1 { font-size: 1.5rem; } pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .5rem; border-radius: 6px; }
  :root { color-scheme: light dark; }
`;

/** Shows what has come since, but takes nothing away that somebody has opened to read. */
const RENEW =
  'setInterval(() => document.querySelector("details[open]") || location.reload(), 3000)';

/** Spells the page out. `recorded`: the latest first. */
export function showPushes(recorded: readonly Recorded[]): string {
  const list = recorded.map(showOne).join("");
  const none =
    "<p>Nothing yet. Register a device with <code>push.register</code>, close its socket, and call its user.</p>";
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pushes</title><link rel="icon" href="/favicon.svg"><style>${STYLE}</style><h1>Pushes</h1>
<p>What the stand-ins for push providers got, the latest first.</p>${list || none}<script>${RENEW}</script></html>`;
}

function showOne({ provider, at, to, status, problems, headers, said }: Recorded): string {
  const good = status < 300;
  const time = new Date(at).toISOString().slice(11, 23);
  const outcome = [status, ...problems].join(" · ");
  return `<article><h2>${NAMES[provider]} <span class="${good ? "good" : "bad"}">${escape(outcome)}</span></h2>
<p>${time} to <code>${escape(to)}</code></p>
${said === undefined ? "" : `<pre>${escape(JSON.stringify(said, null, 2))}</pre>`}
<details><summary>Headers</summary><pre>${escape(JSON.stringify(headers, null, 2))}</pre></details></article>`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
