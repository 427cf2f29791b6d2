const PATHS = {
  phone:
    "M6.6 3.5 9 3l1.8 4.2-2 1.7a12 12 0 0 0 6.3 6.3l1.7-2L21 15l-.5 2.4a3 3 0 0 1-3 2.6C10 20 4 14 4 6.5a3 3 0 0 1 2.6-3Z",
  "hang-up":
    "M12 8.5c-3.3 0-6.4.8-9 2.2-.8.4-1.1 1.3-.9 2.1l.4 1.7c.2.7.8 1.2 1.6 1.1l2.8-.4c.6-.1 1.1-.6 1.2-1.2l.2-1.7a11 11 0 0 1 7.4 0l.2 1.7c.1.6.6 1.1 1.2 1.2l2.8.4c.8.1 1.4-.4 1.6-1.1l.4-1.7c.2-.8-.1-1.7-.9-2.1-2.6-1.4-5.7-2.2-9-2.2Z",
  camera:
    "M3 7.5A1.5 1.5 0 0 1 4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5ZM15 10.5l6-3.5v10l-6-3.5",
  microphone:
    "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  close: "M6 6l12 12M18 6 6 18",
  lock: "M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  copy: "M9 9h9.5v11H9ZM6 15h-.5V4H15v1",
} as const;

interface IconProps {
  readonly name: keyof typeof PATHS;
  /** Struck out: the thing is switched off. */
  readonly off?: boolean;
}

/** A line icon in the colour of the text. Decorative: buttons carry their words beside it. */
export function Icon({ name, off = false }: IconProps) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      aria-hidden="true"
      data-filled={name === "hang-up" || name === "phone"}
    >
      <path d={PATHS[name]} />
      {off && <path className="icon-strike" d="M4 3.5 20.5 20" />}
    </svg>
  );
}
