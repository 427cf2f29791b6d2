/** What is counted for the operator, with the words that explain it. */
export const counters = {
  edgering_objects_built_total: "Users' objects built: at first, and after each hibernation.",
  edgering_sockets_opened_total: "Sockets accepted.",
  edgering_sockets_closed_total: "Sockets lost or closed.",
  edgering_messages_total: "Messages by direction and type.",
  edgering_errors_total: "Errors told to clients, by code.",
  edgering_calls_started_total: "Calls that began to ring.",
  edgering_calls_accepted_total: "Calls that were accepted.",
  edgering_calls_ended_total: "Calls by the reason of their end.",
  edgering_pushes_total: "Attempts to push, by kind of device, what was said, and outcome.",
  edgering_redis_failures_total: "Redis commands that failed.",
} as const;

/** Name of a counter. */
export type Counter = keyof typeof counters;
