import { deviceCode } from "../edgering.ts";
import { problemWords } from "../words.ts";

/** What can be had of microphone and camera, and what to say about the rest. */
export interface Devices {
  readonly stream: MediaStream;
  readonly notice?: string;
}

/**
 * Asks for both; without a camera the microphone is enough. Throws an Error whose message can be shown
 * when there is no microphone either.
 */
export const openDevices = async (): Promise<Devices> => {
  try {
    return { stream: await ask({ audio: true, video: true }) };
  } catch (both) {
    try {
      const stream = await ask({ audio: true });
      return { stream, notice: problemWords({ code: deviceCode(both, "video") }) };
    } catch (error) {
      throw new Error(problemWords({ code: deviceCode(error, "audio") }), { cause: error });
    }
  }
};

const ask = (wanted: MediaStreamConstraints): Promise<MediaStream> => {
  // Undefined on pages that are neither on https nor on localhost.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return devices?.getUserMedia(wanted) ?? Promise.reject(new TypeError("no media devices"));
};
