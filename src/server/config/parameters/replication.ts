import { integer, memory, oneOf, optionalText, secret, yesNo } from "../kinds.ts";
import { LONG_MAX } from "../numbers.ts";
import { awaits, type Note, parameter, used } from "../parameter.ts";
import { primaryAddress } from "../special-kinds.ts";

/** Redis: CONFIG_REPL_BACKLOG_MIN_SIZE. What is less is raised to it. */
const BACKLOG_BYTES_MIN = 16_384n;

const later = (about: string): Note => awaits("replication", about);

/** Primaries and replicas. */
export const REPLICATION = [
  parameter("replicaof", primaryAddress(), null, later("The primary whose data this server follows."), {
    alias: "slaveof",
    immutable: true,
  }),
  parameter("masterauth", secret(), "", later("The password that the primary asks for."), { sensitive: true }),
  parameter("masteruser", optionalText(), "", later("The user that the primary knows this server as."), {
    sensitive: true,
  }),
  parameter(
    "replica-serve-stale-data",
    yesNo(),
    true,
    later("Whether a replica answers while it has lost its primary."),
    { alias: "slave-serve-stale-data" },
  ),
  parameter("replica-read-only", yesNo(), true, later("Whether a replica refuses writes of clients."), {
    alias: "slave-read-only",
    debug: true,
  }),
  parameter(
    "replica-lazy-flush",
    yesNo(),
    false,
    later("How the old data goes away before a full resynchronisation: in slices, always."),
    { alias: "slave-lazy-flush" },
  ),
  parameter("replica-ignore-maxmemory", yesNo(), true, later("Leaves eviction to the primary."), {
    alias: "slave-ignore-maxmemory",
  }),
  parameter(
    "replica-ignore-disk-write-errors",
    yesNo(),
    false,
    later("Whether a replica goes on when it cannot persist what it is sent."),
  ),
  parameter(
    "replica-priority",
    integer(0n),
    100n,
    later("The lower, the sooner Sentinel promotes this replica; 0 is never."),
    { alias: "slave-priority" },
  ),
  parameter("replica-announced", yesNo(), true, later("Whether Sentinel tells of this replica.")),
  parameter("replica-announce-ip", optionalText(), "", later("The address that others are to know this replica by."), {
    alias: "slave-announce-ip",
  }),
  parameter(
    "replica-announce-port",
    integer(0n, 65_535n),
    0n,
    later("The port that others are to know this replica by."),
    { alias: "slave-announce-port" },
  ),
  parameter("repl-diskless-sync", yesNo(), true, later("Whether a snapshot for replicas goes straight to them."), {
    debug: true,
  }),
  parameter(
    "repl-diskless-sync-delay",
    integer(0n),
    5n,
    later("Seconds to wait for more replicas before such a snapshot begins."),
  ),
  parameter("repl-diskless-sync-max-replicas", integer(0n), 0n, later("Replicas that end this wait; 0 is any number.")),
  parameter(
    "repl-diskless-load",
    oneOf("disabled", "on-empty-db", "swapdb"),
    "disabled",
    later("Whether a replica loads what it is sent without a file."),
    { debug: true, denyLoading: true },
  ),
  parameter("repl-ping-replica-period", integer(1n), 10n, used("Seconds between signs of life to replicas."), {
    alias: "repl-ping-slave-period",
  }),
  parameter("repl-timeout", integer(1n), 60n, later("Seconds of silence after which a link is lost.")),
  parameter("repl-disable-tcp-nodelay", yesNo(), false, later("Fewer and later packets to replicas.")),
  parameter(
    "repl-backlog-size",
    memory(1n, LONG_MAX, [BACKLOG_BYTES_MIN, LONG_MAX]),
    1_048_576n,
    later("Bytes of the stream that are kept for replicas that come back."),
  ),
  parameter(
    "repl-backlog-ttl",
    integer(0n, LONG_MAX),
    3600n,
    later("Seconds that this backlog outlives the last replica; 0 is for ever."),
  ),
  parameter("min-replicas-to-write", integer(0n), 0n, later("Replicas without which writes are refused."), {
    alias: "min-slaves-to-write",
  }),
  parameter(
    "min-replicas-max-lag",
    integer(0n),
    10n,
    later("Seconds of silence after which a replica does not count for that."),
    { alias: "min-slaves-max-lag" },
  ),
  parameter(
    "propagation-error-behavior",
    oneOf("ignore", "panic", "panic-on-replicas"),
    "ignore",
    later("What to do when a command of the stream fails."),
  ),
] as const;
