import { useEffect, useState } from "react";

/** How long the call has lasted, as m:ss or h:mm:ss. `since` in milliseconds since the epoch. */
export function CallTimer({ since }: { readonly since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span role="timer" aria-label="Call time" className="timer">
      {clockTime(Math.max(0, Math.floor((now - since) / 1000)))}
    </span>
  );
}

const two = (value: number): string => String(value).padStart(2, "0");

const clockTime = (seconds: number): string => {
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};
