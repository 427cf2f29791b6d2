/** In which orders operations at the same instant may happen. */
import type { Operation } from "./operations.ts";
import { callOf, roleOf, type State } from "./state.ts";

/** An operation, or a part of one, with the number of the operation. */
export type Part = readonly [index: number, operation: Operation];

/**
 * Operations by number. A start from a socket that has not claimed its call comes in two parts, since
 * other things may happen after the call was given up and before the start goes on.
 */
export function withForgetting(before: State, operations: readonly Operation[]): Part[] {
  return [...operations.entries()].flatMap(([index, operation]): Part[] => {
    const whole: Part = [index, operation];
    if (operation.do !== "send" || operation.type !== "call.start") return [whole];
    const { user, key, callee } = operation;
    const call = callOf(before, user);
    const role = call && roleOf(call, user);
    if (!call || !role || call[role].graceUntil === undefined || callee === user) return [whole];
    return [[index, { do: "forget", user, key }], whole];
  });
}

/** All orders of parts; those of one operation, and what one socket sends, keep their order. */
export function orders(parts: readonly Part[]): Part[][] {
  if (parts.length === 0) return [[]];
  return parts.flatMap((first, position) => {
    const others = parts.filter((_, other) => other !== position);
    const isInTurn = parts.slice(0, position).every((earlier) => !mustPrecede(earlier, first));
    return isInTurn ? orders(others).map((rest) => [first, ...rest]) : [];
  });
}

function mustPrecede([one, earlier]: Part, [other, later]: Part): boolean {
  if (one === other) return true;
  const isSent = ({ do: what }: Operation) => what === "send" || what === "forget";
  return (
    isSent(earlier) &&
    isSent(later) &&
    "key" in earlier &&
    "key" in later &&
    earlier.key === later.key
  );
}
