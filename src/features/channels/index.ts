/** Channels: the feature's record. */
import type { Hooks } from "../feature.ts";
import { onEvents } from "../arrivals.ts";
import { broadcast, presence, subscribe, unsubscribe } from "./requests.ts";
import { onAlarm, reconcile } from "../seat-news.ts";

const hooks: Hooks = {
  connected: reconcile,
  disconnected: reconcile,
  forgotten: reconcile,
  alarms: { places: onAlarm },
};

export const channels = {
  handlers: {
    subscribe,
    unsubscribe,
    broadcast,
    presence_join: presence("presence_join"),
    presence_update: presence("presence_update"),
    presence_leave: presence("presence_leave"),
  },
  peers: { "place.events": onEvents },
  hooks,
};
