/** Places where users meet: channels and chat rooms. The two are separate spaces of names. */

/** A kind of place. */
export type Space = "channel" | "chat";

/** Name of the object that serves a place. */
export function placeOf(space: Space, name: string): string {
  return `${space}:${name}`;
}

/** The kind and the name of a place, from the name of its object. */
export function readPlace(place: string): { readonly space: Space; readonly name: string } {
  const colon = place.indexOf(":");
  const space = place.slice(0, colon) === "chat" ? "chat" : "channel";
  return { space, name: place.slice(colon + 1) };
}
