import { useEffect, useRef } from "react";

/**
 * Moves the keyboard and the screen reader to an element when its screen appears. The element needs
 * `tabIndex={-1}`.
 */
export const useArrivalFocus = <E extends HTMLElement>() => {
  const element = useRef<E>(null);
  useEffect(() => element.current?.focus({ preventScroll: true }), []);
  return element;
};
