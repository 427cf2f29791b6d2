import { useState } from "react";

interface AvatarProps {
  readonly userId: string;
  readonly name: string;
  readonly image: string | undefined;
  readonly size?: "small" | "large";
  readonly pulsing?: boolean;
}

/**
 * A picture, or the initials when there is none that loads. Decorative: the name always stands
 * beside it.
 */
export function Avatar({ userId, name, image, size = "small", pulsing = false }: AvatarProps) {
  const [broken, setBroken] = useState<string>();
  const source =
    image !== undefined && image !== broken && /^https?:\/\//i.test(image) ? image : undefined;
  return (
    <span
      className={`avatar avatar-${size}`}
      data-hue={hue(userId)}
      data-pulsing={pulsing}
      aria-hidden="true"
    >
      {source === undefined ? (
        initials(name)
      ) : (
        <img src={source} alt="" referrerPolicy="no-referrer" onError={() => setBroken(source)} />
      )}
    </span>
  );
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const firstLetter = (word: string | undefined): string => {
  const [first] = segmenter.segment(word ?? "");
  return first?.segment.toUpperCase() ?? "";
};

/** The first letters of the first and the last word. */
const initials = (name: string): string => {
  const words = name.split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map(firstLetter).join("") || "?";
};

/** One of six colours, the same for the same user everywhere. */
const hue = (userId: string): number => {
  let sum = 7;
  for (let index = 0; index < userId.length; index += 1)
    sum = (sum * 31 + userId.charCodeAt(index)) % 6007;
  return sum % 6;
};
