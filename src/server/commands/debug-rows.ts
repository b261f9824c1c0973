/**
 * DEBUG: what tests steer and look into. One command as far as COMMAND knows, as in Redis; what it can do is the table
 * below, in the order of HELP.
 */
import type { Context } from "../../commands/context.ts";
import { replyHelp } from "../../commands/help.ts";
import type { CommandRow } from "../../commands/spec.ts";
import type { Server } from "../server.ts";
import { debugDigest, debugDigestValue, debugObject, debugPopulate } from "./debug-keys.ts";
import { debugPackedThreshold } from "./debug-lists.ts";
import { debugProtocol } from "./debug-protocol.ts";
import { debugReload } from "./debug-reload.ts";
import {
  debugChangeReplicationId,
  debugError,
  debugLog,
  debugReplyBuffer,
  debugSleep,
  readSwitch,
} from "./debug-server.ts";
import { debugTableOfKey, debugTables } from "./debug-tables.ts";

const NAME_BYTES_SHOWN_MAX = 128;

interface Subcommand {
  readonly name: string;
  /** Arguments, DEBUG and the name included. */
  readonly argcMin: number;
  readonly argcMax: number;
  readonly help: readonly string[];
  /** @returns false when the arguments make no sense and nothing has been replied. */
  readonly run: ((context: Context, server: Server) => boolean) | ((context: Context, server: Server) => void);
}

const ANY_NUMBER = Number.POSITIVE_INFINITY;

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "CHANGE-REPL-ID",
    argcMin: 2,
    argcMax: 2,
    help: ["CHANGE-REPL-ID", "    Change the replication IDs of the instance."],
    run: debugChangeReplicationId,
  },
  {
    name: "DIGEST",
    argcMin: 2,
    argcMax: 2,
    help: ["DIGEST", "    Output a hex signature representing the current DB content."],
    run: debugDigest,
  },
  {
    name: "DIGEST-VALUE",
    argcMin: 2,
    argcMax: ANY_NUMBER,
    help: ["DIGEST-VALUE <key> [<key> ...]", "    Output a hex signature of the values of all the specified keys."],
    run: debugDigestValue,
  },
  {
    name: "ERROR",
    argcMin: 3,
    argcMax: 3,
    help: ["ERROR <string>", "    Return an error with <string> as its message, for tests of clients."],
    run: debugError,
  },
  {
    name: "LOG",
    argcMin: 3,
    argcMax: 3,
    help: ["LOG <message>", "    Write <message> to the server log."],
    run: debugLog,
  },
  {
    name: "HTSTATS",
    argcMin: 3,
    argcMax: 3,
    help: ["HTSTATS <dbid>", "    Return hash table statistics of the specified database."],
    run: debugTables,
  },
  {
    name: "HTSTATS-KEY",
    argcMin: 3,
    argcMax: 3,
    help: ["HTSTATS-KEY <key>", "    Like HTSTATS but for the hash table stored at <key>'s value."],
    run: debugTableOfKey,
  },
  {
    name: "OBJECT",
    argcMin: 3,
    argcMax: 3,
    help: ["OBJECT <key>", "    Show low level info about <key> and its value."],
    run: debugObject,
  },
  {
    name: "POPULATE",
    argcMin: 3,
    argcMax: 5,
    help: [
      "POPULATE <count> [<prefix>] [<size>]",
      "    Create <count> string keys named key:<num>. If <prefix> is specified then",
      "    it is used instead of the 'key' prefix. These are not propagated to",
      "    replicas.",
    ],
    run: debugPopulate,
  },
  {
    name: "PROTOCOL",
    argcMin: 3,
    argcMax: 3,
    help: [
      "PROTOCOL <type>",
      "    Reply with a test value of the specified type. <type> can be: string,",
      "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
      "    true, false.",
    ],
    run: debugProtocol,
  },
  {
    name: "QUICKLIST-PACKED-THRESHOLD",
    argcMin: 3,
    argcMax: 3,
    help: [
      "QUICKLIST-PACKED-THRESHOLD <size>",
      "    List elements of at least <size> bytes get a node of their own; 0 is the",
      "    default, 1GB.",
    ],
    run: debugPackedThreshold,
  },
  {
    name: "RELOAD",
    argcMin: 2,
    argcMax: ANY_NUMBER,
    help: [
      "RELOAD [option ...]",
      "    Write the dataset as an RDB, in memory, and load it again. Options:",
      "    * MERGE: keys that are there already are replaced by those loaded.",
      "    * NOFLUSH: the dataset is not emptied before it is loaded.",
      "    * NOSAVE: nothing is written; there is nothing to load then.",
    ],
    run: debugReload,
  },
  {
    name: "SET-ACTIVE-EXPIRE",
    argcMin: 3,
    argcMax: 3,
    help: [
      "SET-ACTIVE-EXPIRE <0|1>",
      "    Setting it to 0 disables expiring keys in background when they are not",
      "    accessed. Setting it to 1 reenables it.",
    ],
    run: switching((server, on) => {
      server.background.activeExpire = on;
    }),
  },
  {
    name: "SET-DISABLE-DENY-SCRIPTS",
    argcMin: 3,
    argcMax: 3,
    help: ["SET-DISABLE-DENY-SCRIPTS <0|1>", "    Setting it to 1 lets scripts call commands that they may not call."],
    run: switching((server, on) => {
      server.debug.allowsDeniedInScripts = on;
    }),
  },
  {
    name: "SET-SKIP-CHECKSUM-VALIDATION",
    argcMin: 3,
    argcMax: 3,
    help: [
      "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
      "    Enables or disables checksum checks for RDB files and RESTORE's payloads.",
    ],
    run: switching((server, on) => {
      server.rdb.skipsChecksums = on;
    }),
  },
  {
    name: "SLEEP",
    argcMin: 3,
    argcMax: 3,
    help: ["SLEEP <seconds>", "    Stop the server for <seconds>. Decimals allowed."],
    run: debugSleep,
  },
  {
    name: "PAUSE-CRON",
    argcMin: 3,
    argcMax: 3,
    help: ["PAUSE-CRON <0|1>", "    Stop periodic cron job processing."],
    run: switching((server, on) => {
      server.background.paused = on;
    }),
  },
  {
    name: "REPLYBUFFER",
    argcMin: 4,
    argcMax: 4,
    help: [
      "REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>",
      "    Sets the time (in milliseconds) after which the peak of a client's reply",
      "    buffer is forgotten.",
      "REPLYBUFFER RESIZING <0|1>",
      "    Enable or disable the resizing of reply buffers.",
    ],
    run: debugReplyBuffer,
  },
];

const BY_NAME: ReadonlyMap<string, Subcommand> = new Map(SUBCOMMANDS.map((one) => [one.name, one]));

export function debugRows(server: Server): CommandRow[] {
  return [
    {
      name: "debug",
      arity: -2,
      flags: ["admin", "noscript", "loading", "stale", "protected"],
      categories: [],
      keySpecs: [],
      group: "server",
      since: "1.0.0",
      complexity: "Depends on subcommand.",
      summary: "A container for what tests need.",
      docFlags: ["syscmd"],
      effects: "none",
      handler: (context) => debug(context, server),
    },
  ];
}

function debug(context: Context, server: Server): void {
  const { argc } = context;
  const name = context.text(1);
  const upperName = name.toUpperCase();
  if (argc === 2 && upperName === "HELP") {
    replyHelp(
      context,
      SUBCOMMANDS.flatMap(({ help }) => help),
    );
    return;
  }
  const subcommand = BY_NAME.get(upperName);
  const fits = subcommand !== undefined && argc >= subcommand.argcMin && argc <= subcommand.argcMax;
  if (fits && subcommand.run(context, server) !== false) return;
  const shown = name.slice(0, NAME_BYTES_SHOWN_MAX);
  context.fail(`ERR unknown subcommand or wrong number of arguments for '${shown}'. Try DEBUG HELP.`);
}

function switching(set: (server: Server, on: boolean) => void): Subcommand["run"] {
  return (context, server) => {
    set(server, readSwitch(context, 2));
    context.reply.ok();
  };
}
