import { useEffect } from "react";

/**
 * Runs `action` when Escape is pressed. Without an action the key does nothing, so it never ends a
 * conversation.
 */
export const useEscape = (action: (() => void) | undefined): void => {
  useEffect(() => (action === undefined ? undefined : onEscape(action)), [action]);
};

const onEscape = (action: () => void): (() => void) => {
  const listener = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.repeat) action();
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
};
