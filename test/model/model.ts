/**
 * The reference model: which outcomes the contract of calls allows for a step. Written from the
 * contract, so that it may disagree with the service.
 *
 * What its clients do is narrower than what clients may do, so that the model stays small: none returns
 * with a resume token (CUT-1 sees to those), a client moves once in an instant, and who starts two calls
 * in an instant does not move. What happens in one instant may happen in any order, and what was on its
 * way then may be missing; alone, each operation has one outcome.
 */
import { answer, signal } from "./answering.ts";
import { comeAndGo } from "./coming-and-going.ts";
import { Draft } from "./draft.ts";
import type { Operation, Send } from "./operations.ts";
import { orders, withForgetting } from "./ordering.ts";
import { inherit, relax } from "./racing.ts";
import { forget, start } from "./starting.ts";
import { knowsLapse, lapses, type Call, type Person, type Socket, type State } from "./state.ts";

/** Everything that one step may lead to, when its operations happen at the same instant. */
export function outcomes(
  people: readonly Person[],
  before: State,
  operations: readonly Operation[],
) {
  const results: Draft[] = [];
  for (const order of orders(withForgetting(before, operations))) {
    const first = new Draft(structuredClone(before));
    first.crowded = operations.length > 1;
    let drafts = [first];
    for (const [index, operation] of order) {
      drafts = drafts
        .flatMap((draft) => lapse(draft, operation, `lapse ${index}`))
        .flatMap((draft) => {
          draft.cause = `operation ${index}`;
          return perform(people, before, draft, operation, operations);
        });
    }
    results.push(
      ...drafts.filter(({ supposed, ended }) =>
        supposed.every((id) => ended.some((call) => call.id === id)),
      ),
    );
  }
  for (const draft of results) relax(before, draft);
  return results;
}

function perform(
  people: readonly Person[],
  before: State,
  draft: Draft,
  operation: Operation,
  all: readonly Operation[],
): Draft[] {
  if (operation.do === "forget") return forget(draft, operation);
  if (operation.do !== "send") return comeAndGo(people, draft, operation);
  const { sockets } = draft.state;
  const socket = sockets.find(({ key }) => key === operation.key);
  if (socket) return request(people, draft, socket, operation, all);
  // The socket went away at the same instant, and its request with it.
  const gone = before.sockets.find(({ key }) => key === operation.key);
  const heir =
    gone && sockets.find(({ user, device }) => user === gone.user && device === gone.device);
  if (!heir) return [draft];
  const served = request(people, draft.fork(), heir, operation, all);
  return [draft, ...served.flatMap((claimed) => inherit(people, claimed, heir))];
}

function request(
  people: readonly Person[],
  draft: Draft,
  socket: Socket,
  operation: Send,
  all: readonly Operation[],
): Draft[] {
  switch (operation.type) {
    case "call.start":
      return start(people, draft, socket, operation, all);
    case "call.accept":
    case "call.reject":
    case "call.end":
    case "call.check":
      return answer(people, draft, socket, operation);
    case "webrtc.offer":
    case "webrtc.answer":
    case "webrtc.ice":
      return signal(draft, socket, operation);
  }
}

/**
 * Calls whose time has come may end at any moment; they must when somebody touches them who knows, or
 * when the alarm of a side that knows runs.
 */
function lapse(draft: Draft, operation: Operation, cause: string): Draft[] {
  draft.cause = cause;
  let drafts = [draft];
  for (const { id } of draft.state.calls) {
    drafts = drafts.flatMap((each) => {
      const call = each.call(id);
      const found = call ? lapses(call, each.state.now) : [];
      if (!call || found.length === 0) return [each];
      const ended = found.map((why) => {
        const fork = each.fork();
        fork.lapse(fork.call(id) as Call, why);
        return fork;
      });
      return mustEnd(call, operation, each.state.now) ? ended : [each, ...ended];
    });
  }
  return drafts;
}

function mustEnd(call: Call, operation: Operation, now: number): boolean {
  const { user } = operation;
  if (operation.do === "alarm") {
    if (user === undefined) return true;
    // The ring's end is the caller's to call; the callee's side may leave it some slack.
    return (
      knowsLapse(call, user, now) &&
      !(call.callee.user === user && lapses(call, now).includes("no_answer"))
    );
  }
  return touches(call, operation) && user !== undefined && knowsLapse(call, user, now);
}

function touches(call: Call, operation: Operation): boolean {
  if (operation.do !== "send") return operation.do === "connect";
  // A call to oneself is refused before anything else is looked at.
  return operation.type === "call.start"
    ? operation.callee !== operation.user
    : operation.session === call.id;
}
