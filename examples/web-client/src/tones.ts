/** Ring tones made with WebAudio, without any sound file. */

interface Tone {
  /** Hertz, sounded together. */
  readonly frequencies: readonly number[];
  /** When the tone sounds, as [from, to] in seconds. */
  readonly bursts: readonly (readonly [number, number])[];
  /** Seconds after which it begins again. */
  readonly period: number;
  readonly volume: number;
}

const TONES = {
  /** For the callee. */
  ring: {
    frequencies: [587.33, 739.99],
    bursts: [
      [0, 0.4],
      [0.6, 1],
    ],
    period: 3,
    volume: 0.12,
  },
  /** For the caller, while it rings on the other side. */
  ringback: { frequencies: [425], bursts: [[0, 1]], period: 4, volume: 0.05 },
} satisfies Record<string, Tone>;

export type ToneName = keyof typeof TONES;

let context: AudioContext | undefined;

const unlock = (): void => {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
};

/**
 * Browsers allow sound only after the user has touched the page: the first click or key opens it,
 * once and for all.
 */
export const armTones = (): void => {
  for (const gesture of ["pointerdown", "keydown"])
    addEventListener(gesture, unlock, { passive: true });
};

/**
 * Sounds a tone over and over until the returned function is called. Silent as long as the browser
 * does not allow sound.
 */
export const playTone = (name: ToneName): (() => void) => {
  const tone: Tone = TONES[name];
  let silence = once(tone);
  const timer = setInterval(() => {
    silence = once(tone);
  }, tone.period * 1000);
  return () => {
    clearInterval(timer);
    silence();
  };
};

const once = ({ frequencies, bursts, volume }: Tone): (() => void) => {
  if (context?.state !== "running") return () => undefined;
  const gain = new GainNode(context, { gain: 0 });
  gain.connect(context.destination);
  const start = context.currentTime + 0.02;
  for (const [from, to] of bursts) {
    gain.gain.setTargetAtTime(volume, start + from, 0.015); // soft edges, no clicks
    gain.gain.setTargetAtTime(0, start + to, 0.03);
  }
  const end = start + Math.max(...bursts.map(([, to]) => to)) + 0.3;
  for (const frequency of frequencies) {
    const oscillator = new OscillatorNode(context, { frequency });
    oscillator.connect(gain);
    oscillator.start(start);
    oscillator.stop(end);
  }
  return () => gain.disconnect();
};
