/** What rows of several stream commands have in common. */
import type { ArgumentSpec, KeySpec, KeySpecFlag } from "../spec.ts";

export const GROUP = { name: "group", type: "string" } as const;
export const CONSUMER = { name: "consumer", type: "string" } as const;
export const START = { name: "start", type: "string" } as const;
export const END = { name: "end", type: "string" } as const;
export const COUNT = { name: "count", type: "integer", token: "COUNT", optional: true } as const;
export const IDS = { name: "id", type: "string", multiple: true } as const;
export const JUSTID = { name: "justid", type: "pure-token", token: "JUSTID", optional: true } as const;
export const BLOCK = { name: "milliseconds", type: "integer", token: "BLOCK", optional: true } as const;
export const STREAMS = {
  name: "streams",
  type: "block",
  token: "STREAMS",
  arguments: [{ name: "key", type: "key", keySpecIndex: 0, multiple: true }, IDS],
} as const;

/** How a stream is trimmed. */
export const TRIMMING: readonly ArgumentSpec[] = [
  {
    name: "strategy",
    type: "oneof",
    arguments: [
      { name: "maxlen", type: "pure-token", token: "MAXLEN" },
      { name: "minid", type: "pure-token", token: "MINID", since: "6.2.0" },
    ],
  },
  {
    name: "operator",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "equal", type: "pure-token", token: "=" },
      { name: "approximately", type: "pure-token", token: "~" },
    ],
  },
  { name: "threshold", type: "string" },
  { name: "count", type: "integer", token: "LIMIT", optional: true, since: "6.2.0" },
];

/** The key of a subcommand. */
export function keyOfSubcommand(...flags: KeySpecFlag[]): readonly KeySpec[] {
  return [{ flags, begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } }];
}

/** The first half of what follows STREAMS. */
export function keysOfStreams(startFrom: number): readonly KeySpec[] {
  return [
    { flags: ["RO", "ACCESS"], begin: { keyword: "STREAMS", startFrom }, find: { lastKey: -1, step: 1, limit: 2 } },
  ];
}
