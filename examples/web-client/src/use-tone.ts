import { useEffect } from "react";
import { playTone, type ToneName } from "./tones.ts";

/** Sounds the tone while it is named. */
export const useTone = (name: ToneName | undefined): void => {
  useEffect(() => (name === undefined ? undefined : playTone(name)), [name]);
};
