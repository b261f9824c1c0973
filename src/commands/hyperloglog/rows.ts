/** Commands on HyperLogLogs: how many different elements there were, in 12 KB at most. */
import { allKeys, type CommandRow, KEY, KEYS, oneKey } from "../spec.ts";
import { pfadd } from "./add.ts";
import { pfcount } from "./count.ts";
import { pfdebug } from "./debug.ts";
import { pfmerge } from "./merge.ts";
import { pfselftest } from "./self-test.ts";

export const HYPERLOGLOG_ROWS: readonly CommandRow[] = [
  {
    name: "pfadd",
    arity: -2,
    flags: ["write", "denyoom", "fast"],
    categories: ["hyperloglog"],
    keySpecs: oneKey("RW", "INSERT"),
    group: "hyperloglog",
    since: "2.8.9",
    complexity: "O(1) for each element.",
    summary: "Lets a HyperLogLog see elements, and makes it if it is not there.",
    arguments: [KEY, { name: "element", type: "string", optional: true, multiple: true }],
    effects: "verbatim",
    handler: pfadd,
  },
  {
    name: "pfcount",
    arity: -2,
    flags: ["readonly", "may_replicate"],
    categories: ["hyperloglog"],
    keySpecs: [
      {
        ...allKeys("RW", "ACCESS")[0],
        notes: "RW because it may change the internal representation of the key, and propagate to replicas",
      },
    ],
    group: "hyperloglog",
    since: "2.8.9",
    complexity: "O(1) for one key, whose estimate is kept until it changes; O(N) for the union of N keys.",
    summary: "Estimates how many different elements one or several HyperLogLogs have seen.",
    arguments: [KEYS],
    effects: "verbatim",
    handler: pfcount,
  },
  {
    name: "pfmerge",
    arity: -2,
    flags: ["write", "denyoom"],
    categories: ["hyperloglog"],
    keySpecs: [
      ...oneKey("RW", "ACCESS", "INSERT"),
      { flags: ["RO", "ACCESS"], begin: { index: 2 }, find: { lastKey: -1, step: 1, limit: 0 } },
    ],
    group: "hyperloglog",
    since: "2.8.9",
    complexity: "O(N) where N is the number of HyperLogLogs.",
    summary: "Makes a HyperLogLog one that has also seen what others have.",
    arguments: [
      { name: "destkey", type: "key", keySpecIndex: 0 },
      { name: "sourcekey", type: "key", keySpecIndex: 1, optional: true, multiple: true },
    ],
    effects: "verbatim",
    handler: pfmerge,
  },
  {
    name: "pfdebug",
    arity: 3,
    flags: ["write", "denyoom", "admin"],
    categories: ["hyperloglog"],
    keySpecs: [{ flags: ["RW", "ACCESS"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } }],
    group: "hyperloglog",
    since: "2.8.9",
    complexity: "N/A",
    summary: "Looks into a HyperLogLog: its registers, its runs, its encoding.",
    docFlags: ["syscmd"],
    arguments: [{ name: "subcommand", type: "string" }, KEY],
    effects: "verbatim",
    handler: pfdebug,
  },
  {
    name: "pfselftest",
    arity: 1,
    flags: ["admin"],
    categories: ["hyperloglog"],
    keySpecs: [],
    group: "hyperloglog",
    since: "2.8.9",
    complexity: "N/A",
    summary: "Tests HyperLogLogs against what they should do.",
    docFlags: ["syscmd"],
    effects: "none",
    handler: pfselftest,
  },
];
