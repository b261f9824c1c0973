/** The subcommands of CLIENT that concern nobody but the client that asks. */
import type { CommandRow } from "../spec.ts";
import { setNoEvict, setNoTouch, setReplies } from "./client-mode.ts";
import { getName, setInfo, setName } from "./client-name.ts";

/** What all subcommands of CLIENT have in common. */
export const CLIENT_SUBCOMMAND = {
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  keySpecs: [],
  group: "connection",
  complexity: "O(1)",
  effects: "none",
} as const;

const ON_OR_OFF = [
  {
    name: "enabled",
    type: "oneof",
    arguments: [
      { name: "on", type: "pure-token", token: "ON" },
      { name: "off", type: "pure-token", token: "OFF" },
    ],
  },
] as const;

export const CLIENT_OWN_ROWS: readonly CommandRow[] = [
  {
    ...CLIENT_SUBCOMMAND,
    name: "id",
    arity: 2,
    since: "5.0.0",
    summary: "Returns the number of the connection; numbers are never used twice.",
    handler: (context) => context.reply.integer(context.client.id),
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "getname",
    arity: 2,
    since: "2.6.9",
    summary: "Returns the name of the connection.",
    handler: getName,
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "setname",
    arity: 3,
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
    since: "2.6.9",
    summary: "Gives the connection a name.",
    arguments: [{ name: "connection-name", type: "string" }],
    handler: setName,
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "setinfo",
    arity: 4,
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
    since: "7.2.0",
    summary: "Tells which client library is in use, and its version.",
    arguments: [
      {
        name: "attr",
        type: "oneof",
        arguments: [
          { name: "libname", type: "string", token: "LIB-NAME" },
          { name: "libver", type: "string", token: "LIB-VER" },
        ],
      },
    ],
    handler: setInfo,
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "reply",
    arity: 3,
    since: "3.2.0",
    summary: "Turns replies off and on, or drops the next one.",
    arguments: [
      {
        name: "on_off_skip",
        type: "oneof",
        arguments: [
          { name: "on", type: "pure-token", token: "ON" },
          { name: "off", type: "pure-token", token: "OFF" },
          { name: "skip", type: "pure-token", token: "SKIP" },
        ],
      },
    ],
    handler: setReplies,
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "getredir",
    arity: 2,
    since: "6.0.0",
    summary: "Returns which client gets the connection's invalidation messages, -1 without tracking.",
    handler: (context) => context.reply.integer(-1),
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "no-evict",
    arity: 3,
    flags: ["admin", "noscript", "loading", "stale"],
    since: "7.0.0",
    summary: "Keeps the connection from being closed when clients use too much memory.",
    arguments: ON_OR_OFF,
    handler: setNoEvict,
  },
  {
    ...CLIENT_SUBCOMMAND,
    name: "no-touch",
    arity: 3,
    since: "7.2.0",
    summary: "Keeps the connection's look-ups from counting as uses of the keys.",
    arguments: ON_OR_OFF,
    handler: setNoTouch,
  },
];
