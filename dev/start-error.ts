/** Something that keeps `npm run dev` from starting and that its user can put right. The message says how. */
export class StartError extends Error {
  override readonly name = "StartError";
}
