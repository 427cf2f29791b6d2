import type { ComponentType } from "react";
import { RoomsTab } from "./rooms/rooms-tab.tsx";
import type { Session } from "./session.ts";

/** Something a signed-in page offers besides calls. */
export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly Panel: ComponentType<{ readonly session: Session }>;
}

/** The tabs beside the one for calls. */
export const tabs: readonly Tab[] = [{ id: "rooms", label: "Rooms", Panel: RoomsTab }];
