/** What rows of several commands on sorted sets have in common. */
export const WITHSCORES = { name: "withscores", type: "pure-token", token: "WITHSCORES", optional: true } as const;
export const LIMIT = {
  name: "offset_count",
  type: "block",
  token: "LIMIT",
  optional: true,
  arguments: [
    { name: "offset", type: "integer" },
    { name: "count", type: "integer" },
  ],
} as const;
