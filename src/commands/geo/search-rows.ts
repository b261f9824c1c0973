import { type ArgumentSpec, type CommandRow, KEY, type KeySpec, oneKey } from "../spec.ts";
import { georadius, georadiusbymember, georadiusbymemberRo, georadiusRo, geosearch, geosearchstore } from "./search.ts";
import { UNIT } from "./unit-argument.ts";

const COORDINATES = [
  { name: "longitude", type: "double" },
  { name: "latitude", type: "double" },
] as const;
const RADIUS = { name: "radius", type: "double" } as const;
const MEMBER = { name: "member", type: "string" } as const;
const FROM: ArgumentSpec = {
  name: "from",
  type: "oneof",
  arguments: [
    { name: "member", type: "string", token: "FROMMEMBER" },
    { name: "fromlonlat", type: "block", token: "FROMLONLAT", arguments: COORDINATES },
  ],
};
const BY: ArgumentSpec = {
  name: "by",
  type: "oneof",
  arguments: [
    { name: "circle", type: "block", arguments: [{ ...RADIUS, token: "BYRADIUS" }, UNIT] },
    {
      name: "box",
      type: "block",
      arguments: [{ name: "width", type: "double", token: "BYBOX" }, { name: "height", type: "double" }, UNIT],
    },
  ],
};
const ORDER: ArgumentSpec = {
  name: "order",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "asc", type: "pure-token", token: "ASC" },
    { name: "desc", type: "pure-token", token: "DESC" },
  ],
};
const WITH: readonly ArgumentSpec[] = ["WITHCOORD", "WITHDIST", "WITHHASH"].map((token) => ({
  name: token.toLowerCase(),
  type: "pure-token",
  token,
  optional: true,
}));
const STORE: ArgumentSpec = {
  name: "store",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "storekey", displayText: "key", type: "key", keySpecIndex: 1, token: "STORE" },
    { name: "storedistkey", displayText: "key", type: "key", keySpecIndex: 2, token: "STOREDIST" },
  ],
};

function countBlock(anySince?: string): ArgumentSpec {
  return {
    name: "count-block",
    type: "block",
    optional: true,
    arguments: [
      { name: "count", type: "integer", token: "COUNT" },
      {
        name: "any",
        type: "pure-token",
        token: "ANY",
        optional: true,
        ...(anySince === undefined ? {} : { since: anySince }),
      },
    ],
  };
}

/** The key, and the destination behind STORE or STOREDIST. */
function keyAndStore(startFrom: number): readonly KeySpec[] {
  const find = { lastKey: 0, step: 1, limit: 0 };
  return [
    ...oneKey("RO", "ACCESS"),
    { flags: ["OW", "UPDATE"], begin: { keyword: "STORE", startFrom }, find },
    { flags: ["OW", "UPDATE"], begin: { keyword: "STOREDIST", startFrom }, find },
  ];
}

const shared = { categories: ["geo"], group: "geo" } as const;
const search = {
  ...shared,
  since: "6.2.0",
  complexity:
    "O(N+log(M)) where N is the number of members in the squares of the map around the area and M that within it.",
  history: [["7.0.0", "Added support for uppercase unit names."]],
} as const;
const radius = {
  ...shared,
  complexity: "O(N+log(M)) where N is the number of members in the squares of the map around the circle and M of all.",
  docFlags: ["deprecated"],
  deprecatedSince: "6.2.0",
} as const;

/** What finds members by where they are. */
export const SEARCH_ROWS: readonly CommandRow[] = [
  {
    ...search,
    name: "geosearch",
    arity: -7,
    flags: ["readonly"],
    keySpecs: oneKey("RO", "ACCESS"),
    summary: "Returns the members within a circle or a box.",
    arguments: [KEY, FROM, BY, ORDER, countBlock(), ...WITH],
    effects: "none",
    handler: geosearch,
  },
  {
    ...search,
    name: "geosearchstore",
    arity: -8,
    flags: ["write", "denyoom"],
    keySpecs: [
      { flags: ["OW", "UPDATE"], begin: { index: 1 }, find: { lastKey: 0, step: 1, limit: 0 } },
      { flags: ["RO", "ACCESS"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } },
    ],
    summary: "Stores the members within a circle or a box in another key, with their positions or distances.",
    arguments: [
      { name: "destination", type: "key", keySpecIndex: 0 },
      { name: "source", type: "key", keySpecIndex: 1 },
      ...[FROM, BY, ORDER, countBlock()],
      { name: "storedist", type: "pure-token", token: "STOREDIST", optional: true },
    ],
    effects: "verbatim",
    handler: geosearchstore,
  },
  {
    ...radius,
    name: "georadius",
    arity: -6,
    flags: ["write", "denyoom", "movablekeys"],
    keySpecs: keyAndStore(6),
    since: "3.2.0",
    summary: "Returns the members within a circle around a position, or stores them in another key.",
    replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    history: [
      ["6.2.0", "Added the `ANY` option for `COUNT`."],
      ["7.0.0", "Added support for uppercase unit names."],
    ],
    arguments: [KEY, ...COORDINATES, RADIUS, UNIT, ...WITH, countBlock("6.2.0"), ORDER, STORE],
    effects: "verbatim",
    handler: georadius,
  },
  {
    ...radius,
    name: "georadius_ro",
    arity: -6,
    flags: ["readonly"],
    keySpecs: oneKey("RO", "ACCESS"),
    since: "3.2.10",
    summary: "Returns the members within a circle around a position.",
    replacedBy: "`GEOSEARCH` with the `BYRADIUS` argument",
    history: [["6.2.0", "Added the `ANY` option for `COUNT`."]],
    arguments: [KEY, ...COORDINATES, RADIUS, UNIT, ...WITH, countBlock("6.2.0"), ORDER],
    effects: "none",
    handler: georadiusRo,
  },
  {
    ...radius,
    name: "georadiusbymember",
    arity: -5,
    flags: ["write", "denyoom", "movablekeys"],
    keySpecs: keyAndStore(5),
    since: "3.2.0",
    summary: "Returns the members within a circle around one of them, or stores them in another key.",
    replacedBy: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
    history: [["7.0.0", "Added support for uppercase unit names."]],
    arguments: [KEY, MEMBER, RADIUS, UNIT, ...WITH, countBlock(), ORDER, STORE],
    effects: "verbatim",
    handler: georadiusbymember,
  },
  {
    ...radius,
    name: "georadiusbymember_ro",
    arity: -5,
    flags: ["readonly"],
    keySpecs: oneKey("RO", "ACCESS"),
    since: "3.2.10",
    summary: "Returns the members within a circle around one of them.",
    replacedBy: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    arguments: [KEY, MEMBER, RADIUS, UNIT, ...WITH, countBlock(), ORDER],
    effects: "none",
    handler: georadiusbymemberRo,
  },
];
