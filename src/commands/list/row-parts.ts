/** What rows of commands that pop or move elements have in common, whether they wait or not. */
import type { ArgumentSpec, KeySpec } from "../spec.ts";

const ENDS = [
  { name: "left", type: "pure-token", token: "LEFT" },
  { name: "right", type: "pure-token", token: "RIGHT" },
] as const;

export const SOURCE = { name: "source", type: "key", keySpecIndex: 0 } as const;
export const DESTINATION = { name: "destination", type: "key", keySpecIndex: 1 } as const;
export const WHERE: ArgumentSpec = { name: "where", type: "oneof", arguments: ENDS };
export const WHERE_FROM: ArgumentSpec = { name: "wherefrom", type: "oneof", arguments: ENDS };
export const WHERE_TO: ArgumentSpec = { name: "whereto", type: "oneof", arguments: ENDS };

/** The keys of what moves an element. */
export const MOVED: readonly KeySpec[] = [
  { flags: ["RW", "ACCESS", "DELETE"], begin: { index: 1 }, find: { lastKey: 0, step: 1, limit: 0 } },
  { flags: ["RW", "INSERT"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } },
];
