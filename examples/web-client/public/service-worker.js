/**
 * Shows calls that come while no page is open. What a push says is described in docs/push.md; the
 * address of the service stands in this script's own address, as `?server=`.
 */

const server = new URL(self.location).searchParams.get("server") ?? self.location.origin;

const nameOf = ({ caller_name, caller_username, caller_id }) =>
  caller_name || caller_username || caller_id;

/** Answers for the call without a page: `ringing` or `reject`. It may be over already, which is fine. */
const answer = ({ session_id, call_token }, action) =>
  fetch(`${server}/calls/${session_id}/${action}`, {
    method: "POST",
    headers: { authorization: `Bearer ${call_token}` },
  }).catch(() => undefined);

/** A notification takes the place of the one before about the same call. */
const show = (title, call, more = {}) =>
  self.registration.showNotification(title, {
    tag: call.session_id,
    icon: "/favicon.svg",
    data: call,
    ...more,
  });

const ring = async (call) => {
  if (Number(call.expires_at) * 1_000 <= Date.now())
    return show(`Missed call from ${nameOf(call)}`, call);
  await show(`${nameOf(call)} is calling`, call, {
    renotify: true,
    requireInteraction: true,
    actions: [
      { action: "open", title: "Open" },
      { action: "decline", title: "Decline" },
    ],
  });
  return answer(call, "ringing");
};

const cancel = async (call) => {
  const [shown] = await self.registration.getNotifications({ tag: call.session_id });
  const known = { ...shown?.data, session_id: call.session_id, caller_id: call.caller_id };
  // A browser wants a notification for every push, so the last word stays, in silence.
  const missed = call.reason !== "answered_elsewhere" && call.reason !== "declined_elsewhere";
  const title = missed ? `Missed call from ${nameOf(known)}` : "The call was taken elsewhere";
  await show(title, { session_id: call.session_id }, { silent: true });
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const call = event.data?.json();
  if (call?.type === "incoming_call") event.waitUntil(ring(call));
  else if (call?.type === "call_cancelled") event.waitUntil(cancel(call));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const call = event.notification.data;
  if (event.action === "decline") event.waitUntil(answer(call, "reject"));
  else event.waitUntil(openPage());
});

/** The page rings by itself as soon as it is connected. */
const openPage = async () => {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  await (page === undefined ? self.clients.openWindow("/") : page.focus());
};
