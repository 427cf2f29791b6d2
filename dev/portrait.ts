/** A drawn head and shoulders as a video file, for Chromium's made-up camera. */
import { Buffer } from "node:buffer";

/** A colour as [Y, Cb, Cr], each 0–255. */
type Colour = readonly [number, number, number];

export interface PortraitColours {
  readonly wall: Colour;
  readonly clothes: Colour;
  readonly skin: Colour;
  readonly hair: Colour;
}

const WIDTH = 640;
const HEIGHT = 480;
/** Chromium starts to read the file over when it ends. */
const FRAMES = 10;
const INK: Colour = [52, 128, 132];

/** Whether a point lies in an ellipse of this centre and these radii, all in pixels. */
type Shape = (x: number, y: number) => boolean;
const ellipse =
  (centreX: number, centreY: number, radiusX: number, radiusY: number): Shape =>
  (x, y) =>
    ((x - centreX) / radiusX) ** 2 + ((y - centreY) / radiusY) ** 2 < 1;

const [lips, upperLips] = [ellipse(320, 240, 34, 24), ellipse(320, 230, 44, 24)];

/** From front to back: the first that covers a point colours it. */
const LAYERS: readonly (readonly [Shape, Colour | keyof PortraitColours])[] = [
  [ellipse(290, 200, 7, 9), INK],
  [ellipse(350, 200, 7, 9), INK],
  [(x, y) => lips(x, y) && !upperLips(x, y), INK],
  [ellipse(320, 210, 76, 90), "skin"],
  [ellipse(320, 185, 96, 112), "hair"],
  [ellipse(320, 300, 38, 56), "skin"],
  [ellipse(320, 510, 220, 195), "clothes"],
];

const colourAt = (x: number, y: number, colours: PortraitColours): Colour => {
  const colour = LAYERS.find(([covers]) => covers(x, y))?.[1] ?? "wall";
  return typeof colour === "string" ? colours[colour] : colour;
};

/** One plane of a picture; chroma planes have half the width and height (4:2:0). */
const plane = (channel: 0 | 1 | 2, scale: number, colours: PortraitColours): Buffer => {
  const [width, height] = [WIDTH / scale, HEIGHT / scale];
  return Buffer.from(
    Array.from(
      { length: width * height },
      (_, at) => colourAt((at % width) * scale, Math.floor(at / width) * scale, colours)[channel],
    ),
  );
};

/** The portrait as an uncompressed YUV4MPEG2 file. */
export const portraitVideo = (colours: PortraitColours): Buffer => {
  const picture = [plane(0, 1, colours), plane(1, 2, colours), plane(2, 2, colours)];
  const frame = Buffer.concat([Buffer.from("FRAME\n"), ...picture]);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([header, ...Array.from({ length: FRAMES }, () => frame)]);
};
