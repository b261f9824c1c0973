import { type CommandRow, KEY, oneKey } from "../spec.ts";
import { geoadd } from "./add.ts";
import { geodist, geohash, geopos } from "./position.ts";
import { SEARCH_ROWS } from "./search-rows.ts";
import { UNIT } from "./unit-argument.ts";

const MEMBERS = { name: "member", type: "string", multiple: true } as const;
const shared = { categories: ["geo"], group: "geo", since: "3.2.0" } as const;

/** Commands on positions, which are kept as the scores of sorted sets. */
export const GEO_ROWS: readonly CommandRow[] = [
  {
    ...shared,
    name: "geoadd",
    arity: -5,
    flags: ["write", "denyoom"],
    keySpecs: oneKey("RW", "UPDATE"),
    complexity: "O(log(N)) for each member, where N is the number of members of the sorted set.",
    summary:
      "Adds members with their positions, or gives those there other ones; makes the sorted set if there is none.",
    history: [["6.2.0", "Added the `CH`, `NX` and `XX` options."]],
    arguments: [
      KEY,
      {
        name: "condition",
        type: "oneof",
        since: "6.2.0",
        optional: true,
        arguments: [
          { name: "nx", type: "pure-token", token: "NX" },
          { name: "xx", type: "pure-token", token: "XX" },
        ],
      },
      { name: "change", type: "pure-token", token: "CH", since: "6.2.0", optional: true },
      {
        name: "data",
        type: "block",
        multiple: true,
        arguments: [
          { name: "longitude", type: "double" },
          { name: "latitude", type: "double" },
          { name: "member", type: "string" },
        ],
      },
    ],
    effects: "rewritten",
    handler: geoadd,
  },
  {
    ...shared,
    name: "geodist",
    arity: -4,
    flags: ["readonly"],
    keySpecs: oneKey("RO", "ACCESS"),
    complexity: "O(1)",
    summary: "Returns the distance between two members.",
    arguments: [
      KEY,
      { name: "member1", type: "string" },
      { name: "member2", type: "string" },
      { ...UNIT, optional: true },
    ],
    effects: "none",
    handler: geodist,
  },
  {
    ...shared,
    name: "geohash",
    arity: -2,
    flags: ["readonly"],
    keySpecs: oneKey("RO", "ACCESS"),
    complexity: "O(1) for each member.",
    summary: "Returns the positions of members as geohashes of eleven letters.",
    arguments: [KEY, MEMBERS],
    effects: "none",
    handler: geohash,
  },
  {
    ...shared,
    name: "geopos",
    arity: -2,
    flags: ["readonly"],
    keySpecs: oneKey("RO", "ACCESS"),
    complexity: "O(1) for each member.",
    summary: "Returns the longitudes and latitudes of members.",
    arguments: [KEY, MEMBERS],
    effects: "none",
    handler: geopos,
  },
  ...SEARCH_ROWS,
];
