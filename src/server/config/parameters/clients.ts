import {
  BULK_BYTES_DEFAULT,
  BULK_BYTES_MIN,
  OUTPUT_LIMIT_NORMAL,
  OUTPUT_LIMIT_PUBSUB,
  OUTPUT_LIMIT_REPLICA,
  QUERY_BUFFER_BYTES_DEFAULT,
  QUERY_BUFFER_BYTES_MIN,
} from "../../../base/limits.ts";
import type { OutputLimit } from "../../../base/output-limit.ts";
import { integer, memory, memoryOrPercent, oneOf, secret, text, unsigned, unsignedMemory } from "../kinds.ts";
import { LONG_MAX } from "../numbers.ts";
import { accepted, awaits, parameter, used } from "../parameter.ts";
import { eventClasses, outputLimits, type StoredOutputLimit } from "../special-kinds.ts";

function limit({ hardBytes, softBytes, softSeconds }: OutputLimit): StoredOutputLimit {
  return [BigInt(hardBytes), BigInt(softBytes), BigInt(softSeconds)];
}

const OUTPUT_LIMITS = {
  normal: limit(OUTPUT_LIMIT_NORMAL),
  replica: limit(OUTPUT_LIMIT_REPLICA),
  pubsub: limit(OUTPUT_LIMIT_PUBSUB),
};

/** What a client may take, and what it must show before it may do anything. */
export const CLIENTS = [
  parameter(
    "client-query-buffer-limit",
    unsignedMemory(BigInt(QUERY_BUFFER_BYTES_MIN), LONG_MAX),
    BigInt(QUERY_BUFFER_BYTES_DEFAULT),
    used("Bytes received from a client and not executed yet; one with more is closed."),
    { debug: true },
  ),
  parameter(
    "client-output-buffer-limit",
    outputLimits(),
    OUTPUT_LIMITS,
    used("Bytes of replies that wait for a client, by its class; one above is closed."),
  ),
  parameter(
    "proto-max-bulk-len",
    memory(BigInt(BULK_BYTES_MIN)),
    BigInt(BULK_BYTES_DEFAULT),
    used("The longest argument, and with it the longest string. No more than 2 GB - 1 here, whatever is set."),
    { debug: true },
  ),
  parameter(
    "maxmemory-clients",
    memoryOrPercent(100n),
    0n,
    awaits("eviction of clients", "Memory of all clients together, or a part of `maxmemory`."),
  ),
  parameter(
    "tracking-table-max-keys",
    unsigned(0n, LONG_MAX),
    1_000_000n,
    awaits("client-side caching", "Keys remembered for clients that cache; 0 is no limit."),
  ),
  parameter(
    "notify-keyspace-events",
    eventClasses(),
    0,
    used(
      "Which changes of keys are published, and where: `K` and `E` say the channels, the other letters the classes.",
    ),
  ),
  parameter("requirepass", secret(), "", used("The password that AUTH asks for."), { sensitive: true }),
  parameter("aclfile", text(), "", awaits("access control lists", "The file that users are kept in."), {
    immutable: true,
  }),
  parameter(
    "acl-pubsub-default",
    oneOf("allchannels", "resetchannels"),
    "resetchannels",
    awaits("access control lists", "Whether a new user may use every channel or none."),
  ),
  parameter("acllog-max-len", integer(0n, LONG_MAX), 128n, awaits("access control lists", "Entries of ACL LOG.")),
  parameter(
    "enable-protected-configs",
    oneOf("no", "yes", "local"),
    "no",
    used("Whether CONFIG SET takes `dir` and `dbfilename`: from nobody, anybody, or clients of this machine."),
    { immutable: true },
  ),
  parameter(
    "enable-debug-command",
    oneOf("no", "yes", "local"),
    "no",
    used("Who may use DEBUG: nobody, anybody, or clients of this machine."),
    { immutable: true },
  ),
  parameter("enable-module-command", oneOf("no", "yes", "local"), "no", accepted("There are no loadable modules."), {
    immutable: true,
  }),
  parameter(
    "sanitize-dump-payload",
    oneOf("no", "yes", "clients"),
    "no",
    accepted("RESTORE and loading check every payload in full, always: it costs little here."),
    { debug: true },
  ),
] as const;
