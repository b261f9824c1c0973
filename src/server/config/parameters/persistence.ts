import { integer, memory, oneOf, type TextCheck, text, yesNo } from "../kinds.ts";
import { INT_MAX, INT_MIN, LONG_MAX } from "../numbers.ts";
import { accepted, awaits, parameter, used } from "../parameter.ts";
import { savePoints, workingDirectory } from "../special-kinds.ts";

const RDB = "snapshots";
const AOF = "the append-only file";

const isPath = (name: string): boolean => /[/\\]/.test(name);

/** @param isRequired whether the name may not be empty. */
function nameCheck(parameterName: string, what: string, isRequired: boolean): TextCheck {
  return (name) => {
    if (isRequired && name === "") return `${parameterName} can't be empty`;
    return isPath(name) ? `${parameterName} can't be a path, just a ${what}` : null;
  };
}

/** What is kept on disk. */
export const PERSISTENCE = [
  parameter("dir", workingDirectory(), "", used("The working directory, where all relative paths start."), {
    isProtected: true,
    denyLoading: true,
  }),
  parameter(
    "save",
    savePoints(),
    [
      [3600n, 1n],
      [300n, 100n],
      [60n, 10_000n],
    ],
    awaits(RDB, "When a snapshot is taken by itself."),
  ),
  parameter(
    "dbfilename",
    text(nameCheck("dbfilename", "filename", false)),
    "dump.rdb",
    awaits(RDB, "The file of the snapshot, in `dir`."),
    { isProtected: true },
  ),
  parameter("rdbcompression", yesNo(), true, used("Whether long strings in snapshots and dumps are compressed.")),
  parameter("rdbchecksum", yesNo(), true, used("Whether the checksum of a snapshot is compared. It always has one."), {
    immutable: true,
  }),
  parameter(
    "rdb-del-sync-files",
    yesNo(),
    false,
    awaits("replication", "Deletes the snapshots of resynchronisations when there is no persistence."),
  ),
  parameter(
    "rdb-save-incremental-fsync",
    yesNo(),
    true,
    awaits(RDB, "Makes the file durable piece by piece while it is written."),
  ),
  parameter("stop-writes-on-bgsave-error", yesNo(), true, awaits(RDB, "Refuses writes after a snapshot has failed.")),
  parameter("appendonly", yesNo(), false, awaits(AOF, "Whether every change is logged to it."), { denyLoading: true }),
  parameter(
    "appendfilename",
    text(nameCheck("appendfilename", "filename", true)),
    "appendonly.aof",
    awaits(AOF, "What its files' names begin with."),
    { immutable: true },
  ),
  parameter(
    "appenddirname",
    text(nameCheck("appenddirname", "dirname", true)),
    "appendonlydir",
    awaits(AOF, "The directory of its files, in `dir`."),
    { immutable: true },
  ),
  parameter(
    "appendfsync",
    oneOf("everysec", "always", "no"),
    "everysec",
    awaits(AOF, "When it is made durable: every second, before each reply, or when the system likes."),
  ),
  parameter(
    "no-appendfsync-on-rewrite",
    yesNo(),
    false,
    awaits(AOF, "Leaves durability to the system while it is rewritten."),
  ),
  parameter(
    "auto-aof-rewrite-percentage",
    integer(0n),
    100n,
    awaits(AOF, "Growth since the last rewrite that starts one. 0 is never."),
  ),
  parameter(
    "auto-aof-rewrite-min-size",
    memory(0n, LONG_MAX),
    67_108_864n,
    awaits(AOF, "The size below which it is not rewritten by itself."),
  ),
  parameter(
    "aof-load-truncated",
    yesNo(),
    true,
    awaits(AOF, "Whether one that ends in the middle of a command is loaded up to there."),
  ),
  parameter("aof-use-rdb-preamble", yesNo(), true, awaits(AOF, "Whether its base is a snapshot.")),
  parameter(
    "aof-timestamp-enabled",
    yesNo(),
    false,
    awaits(AOF, "Whether it holds the time, so that it can be cut there."),
  ),
  parameter("aof-rewrite-incremental-fsync", yesNo(), true, awaits(AOF, "Makes its new base durable piece by piece.")),
  parameter("aof-disable-auto-gc", yesNo(), false, awaits(AOF, "Keeps files that it no longer needs."), {
    hidden: true,
  }),
  parameter("rdb-key-save-delay", integer(INT_MIN), 0n, awaits(RDB, "For tests: waits so many µs after each key."), {
    hidden: true,
  }),
  parameter(
    "key-load-delay",
    integer(INT_MIN),
    0n,
    awaits(RDB, "For tests: waits so many µs after each key that is loaded."),
    { hidden: true },
  ),
  parameter(
    "loading-process-events-interval-bytes",
    integer(1024n, INT_MAX),
    2_097_152n,
    accepted("Loading advances in slices of time."),
    { hidden: true },
  ),
] as const;
