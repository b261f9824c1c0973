/** Commands on the bits of strings. */
import { type ArgumentSpec, type CommandRow, KEY, oneKey } from "../spec.ts";
import { bitop } from "./combine.ts";
import { bitfield, bitfieldReadOnly } from "./field.ts";
import { bitcount, bitpos } from "./range.ts";
import { getbit, setbit } from "./single.ts";

const OFFSET = { name: "offset", type: "integer" } as const;
const ENCODING = { name: "encoding", type: "string" } as const;
const START = { name: "start", type: "integer" } as const;
const END = { name: "end", type: "integer" } as const;
const UNIT: ArgumentSpec = {
  name: "unit",
  type: "oneof",
  optional: true,
  since: "7.0.0",
  arguments: [
    { name: "byte", type: "pure-token", token: "BYTE" },
    { name: "bit", type: "pure-token", token: "BIT" },
  ],
};
const GET: ArgumentSpec = { name: "get-block", type: "block", token: "GET", arguments: [ENCODING, OFFSET] };
const WITH_UNIT = [["7.0.0", "Added the `BYTE|BIT` option."]] as const;

export const BITS_ROWS: readonly CommandRow[] = [
  {
    name: "setbit",
    arity: 4,
    flags: ["write", "denyoom"],
    categories: ["bitmap"],
    keySpecs: oneKey("RW", "ACCESS", "UPDATE"),
    group: "bitmap",
    since: "2.2.0",
    complexity: "O(1), however long the string.",
    summary: "Sets or clears one bit of a string, which grows as needed, and returns what it was.",
    arguments: [KEY, OFFSET, { name: "value", type: "integer" }],
    effects: "verbatim",
    constantTime: true,
    handler: setbit,
  },
  {
    name: "getbit",
    arity: 3,
    flags: ["readonly", "fast"],
    categories: ["bitmap"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "bitmap",
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Returns one bit of a string.",
    arguments: [KEY, OFFSET],
    effects: "none",
    handler: getbit,
  },
  {
    name: "bitcount",
    arity: -2,
    flags: ["readonly"],
    categories: ["bitmap"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "bitmap",
    since: "2.6.0",
    complexity: "O(N) where N is the length of the range.",
    summary: "Counts the bits of a string, or of a range of it, that are 1.",
    history: WITH_UNIT,
    arguments: [KEY, { name: "range", type: "block", optional: true, arguments: [START, END, UNIT] }],
    effects: "none",
    handler: bitcount,
  },
  {
    name: "bitpos",
    arity: -3,
    flags: ["readonly"],
    categories: ["bitmap"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "bitmap",
    since: "2.8.7",
    complexity: "O(N) where N is the length of the range up to the bit.",
    summary: "Finds the first bit of a string, or of a range of it, that is 1, or 0.",
    history: WITH_UNIT,
    arguments: [
      KEY,
      { name: "bit", type: "integer" },
      {
        name: "range",
        type: "block",
        optional: true,
        arguments: [START, { name: "end-unit-block", type: "block", optional: true, arguments: [END, UNIT] }],
      },
    ],
    effects: "none",
    handler: bitpos,
  },
  {
    name: "bitop",
    arity: -4,
    flags: ["write", "denyoom"],
    categories: ["bitmap"],
    keySpecs: [
      { flags: ["OW", "UPDATE"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } },
      { flags: ["RO", "ACCESS"], begin: { index: 3 }, find: { lastKey: -1, step: 1, limit: 0 } },
    ],
    group: "bitmap",
    since: "2.6.0",
    complexity: "O(N) where N is the length of all strings together.",
    summary: "Combines strings bit by bit, and makes a key hold the result.",
    arguments: [
      {
        name: "operation",
        type: "oneof",
        arguments: [
          { name: "and", type: "pure-token", token: "AND" },
          { name: "or", type: "pure-token", token: "OR" },
          { name: "xor", type: "pure-token", token: "XOR" },
          { name: "not", type: "pure-token", token: "NOT" },
        ],
      },
      { name: "destkey", type: "key", keySpecIndex: 0 },
      { name: "key", type: "key", keySpecIndex: 1, multiple: true },
    ],
    effects: "verbatim",
    handler: bitop,
  },
  {
    name: "bitfield",
    arity: -2,
    flags: ["write", "denyoom"],
    categories: ["bitmap"],
    keySpecs: [
      {
        ...oneKey("RW", "UPDATE", "ACCESS", "variable_flags")[0],
        notes: "This command allows both access and modification of the key",
      },
    ],
    group: "bitmap",
    since: "3.2.0",
    complexity: "O(1) for each operation.",
    summary: "Reads, sets and adds to integers of any width at any bits of a string.",
    arguments: [
      KEY,
      {
        name: "operation",
        type: "oneof",
        optional: true,
        multiple: true,
        arguments: [
          GET,
          {
            name: "write",
            type: "block",
            arguments: [
              {
                name: "overflow-block",
                type: "oneof",
                token: "OVERFLOW",
                optional: true,
                arguments: [
                  { name: "wrap", type: "pure-token", token: "WRAP" },
                  { name: "sat", type: "pure-token", token: "SAT" },
                  { name: "fail", type: "pure-token", token: "FAIL" },
                ],
              },
              {
                name: "write-operation",
                type: "oneof",
                arguments: [
                  {
                    name: "set-block",
                    type: "block",
                    token: "SET",
                    arguments: [ENCODING, OFFSET, { name: "value", type: "integer" }],
                  },
                  {
                    name: "incrby-block",
                    type: "block",
                    token: "INCRBY",
                    arguments: [ENCODING, OFFSET, { name: "increment", type: "integer" }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    effects: "verbatim",
    handler: bitfield,
  },
  {
    name: "bitfield_ro",
    arity: -2,
    flags: ["readonly", "fast"],
    categories: ["bitmap"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "bitmap",
    since: "6.0.0",
    complexity: "O(1) for each operation.",
    summary: "Reads integers of any width at any bits of a string.",
    arguments: [KEY, { ...GET, optional: true, multiple: true, multipleToken: true }],
    effects: "none",
    handler: bitfieldReadOnly,
  },
];
