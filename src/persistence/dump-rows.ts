/** Commands on values as RDB has them. */
import { type CommandRow, KEY, oneKey } from "../commands/spec.ts";
import type { DumpCodec } from "./dump.ts";
import { dump, restore } from "./dump-commands.ts";

const RESTORE_COMPLEXITY =
  "O(N) where N is the number of bytes of the value; O(M*log(M)) for a sorted set of M members.";

type Restoring = Pick<
  CommandRow,
  "arity" | "categories" | "keySpecs" | "complexity" | "history" | "arguments" | "effects"
>;

const RESTORING: Restoring = {
  arity: -4,
  categories: ["keyspace", "dangerous"],
  keySpecs: oneKey("OW", "UPDATE"),
  complexity: RESTORE_COMPLEXITY,
  history: [
    ["3.0.0", "Added the `REPLACE` modifier."],
    ["5.0.0", "Added the `ABSTTL` modifier."],
    ["5.0.0", "Added the `IDLETIME` and `FREQ` options."],
  ],
  arguments: [
    KEY,
    { name: "ttl", type: "integer" },
    { name: "serialized-value", type: "string" },
    { name: "replace", type: "pure-token", token: "REPLACE", optional: true, since: "3.0.0" },
    { name: "absttl", type: "pure-token", token: "ABSTTL", optional: true, since: "5.0.0" },
    { name: "seconds", type: "integer", token: "IDLETIME", optional: true, since: "5.0.0" },
    { name: "frequency", type: "integer", token: "FREQ", optional: true, since: "5.0.0" },
  ],
  effects: "rewritten",
};

/** @param codec asked for when a command runs. */
export function dumpRows(codec: () => DumpCodec): CommandRow[] {
  return [
    {
      name: "dump",
      arity: 2,
      flags: ["readonly"],
      categories: ["keyspace"],
      keySpecs: oneKey("RO", "ACCESS"),
      tips: ["nondeterministic_output"],
      group: "generic",
      since: "2.6.0",
      complexity: "O(N) where N is the number of bytes of the value.",
      summary: "Returns the value of a key in the form that RESTORE takes.",
      arguments: [KEY],
      effects: "none",
      handler: (context) => dump(context, codec()),
    },
    {
      name: "restore",
      flags: ["write", "denyoom"],
      group: "generic",
      since: "2.6.0",
      summary: "Makes a key with a value that DUMP has given.",
      ...RESTORING,
      handler: (context) => restore(context, codec()),
    },
    {
      name: "restore-asking",
      flags: ["write", "denyoom", "asking"],
      group: "server",
      since: "3.0.0",
      summary: "RESTORE as nodes of a cluster use it on each other while a slot moves.",
      docFlags: ["syscmd"],
      ...RESTORING,
      handler: (context) => restore(context, codec()),
    },
  ];
}
