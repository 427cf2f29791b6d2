import { useSyncExternalStore } from "react";
import type { Observed } from "./observed.ts";

/** The state as it is now. */
export const useObserved = <State extends object>(observed: Observed<State>): State =>
  useSyncExternalStore(observed.subscribe, observed.current);
