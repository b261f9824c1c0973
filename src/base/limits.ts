/**
 * Every bound of the server, in one place. Nothing that a client can fill grows without a name from this page, and the
 * relations between the bounds are asserted by `test/base/limits.test.ts`.
 *
 * A name ends in its unit. `…_DEFAULT` is the initial value of a configuration directive of the same meaning, with
 * `…_MIN` and `…_MAX` the range the directive accepts; a name without any of these is fixed.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

// --- Requests on the wire -------------------------------------------------------------------------------------------

/** `proto-max-bulk-len`: one bulk string of a request, and one string value. Redis: 512 MB, at least 1 MB. */
export const BULK_BYTES_DEFAULT = 512 * MIB;
export const BULK_BYTES_MIN = MIB;
/** Values live in one ArrayBuffer at most, and lengths in an int32. */
export const BULK_BYTES_MAX = 2 * GIB - 1;

/** Arguments of one request, the command's name included (Redis up to 6.2 has this bound, later ones 2^31 - 1). */
export const MULTIBULK_ARGUMENTS_MAX = 1_048_576;

/** An inline request, and any header line (`*3`, `$16`), without its end of line. Redis: PROTO_INLINE_MAX_SIZE. */
export const INLINE_BYTES_MAX = 64 * KIB;

/** Before a client has authenticated it gets no more than an AUTH or a HELLO needs. Redis: the same two figures. */
export const UNAUTHENTICATED_ARGUMENTS_MAX = 10;
export const UNAUTHENTICATED_BULK_BYTES_MAX = 16 * KIB;

/** An argument from this size on goes straight to its own buffer rather than through the query buffer a second time. */
export const BIG_ARGUMENT_BYTES = 32 * KIB;

/** `client-query-buffer-limit`: bytes received and not yet executed, a client. Redis: 1 GB, at least 1 MB. */
export const QUERY_BUFFER_BYTES_DEFAULT = GIB;
export const QUERY_BUFFER_BYTES_MIN = MIB;

// --- Replies --------------------------------------------------------------------------------------------------------

/** Output up to here is within every limit: Redis counts none of what fits the buffer that each client has, 16 KB. */
export const OUTPUT_UNLIMITED_BYTES = 16 * KIB;

/** `client-output-buffer-limit` by class: hard limit, soft limit, seconds above the soft one. 0 is none. Redis: same. */
export const OUTPUT_LIMIT_NORMAL = { hardBytes: 0, softBytes: 0, softSeconds: 0 } as const;
export const OUTPUT_LIMIT_REPLICA = { hardBytes: 256 * MIB, softBytes: 64 * MIB, softSeconds: 60 } as const;
export const OUTPUT_LIMIT_PUBSUB = { hardBytes: 32 * MIB, softBytes: 8 * MIB, softSeconds: 60 } as const;

// --- Connections ----------------------------------------------------------------------------------------------------

export const CLIENTS_DEFAULT = 10_000;
export const CLIENTS_MIN = 1;
/** `tcp-backlog`. Redis: 511. */
export const ACCEPT_BACKLOG_DEFAULT = 511;

// --- The keyspace ---------------------------------------------------------------------------------------------------

export const DATABASES_DEFAULT = 16;
export const DATABASES_MIN = 1;
/** Redis allows 2^31 - 1; each costs a table's fixed part here. */
export const DATABASES_MAX = 65_536;

/** A point in time, ms since 1970, as Redis keeps it in 63 bits; here it stays an exact double. */
export const TIME_MS_MAX = Number.MAX_SAFE_INTEGER;

// --- The event turn -------------------------------------------------------------------------------------------------

/** `hz`: background rounds a second. Redis: 10, from 1 to 500. */
export const CRON_HZ_DEFAULT = 10;
export const CRON_HZ_MIN = 1;
export const CRON_HZ_MAX = 500;

/** `slowlog-log-slower-than` and `slowlog-max-len`. Redis: 10 ms, 128 entries, an entry of at most 32 × 128 bytes. */
export const SLOWLOG_THRESHOLD_US_DEFAULT = 10_000;
export const SLOWLOG_ENTRIES_DEFAULT = 128;
export const SLOWLOG_ARGUMENTS_MAX = 32;
export const SLOWLOG_ARGUMENT_BYTES_MAX = 128;

// --- Text -----------------------------------------------------------------------------------------------------------

/** Longest text of a signed 64-bit integer: `-9223372036854775808`. */
export const INT64_TEXT_BYTES_MAX = 20;
/** Longest text a double is read from. Redis bounds long doubles so (MAX_LONG_DOUBLE_CHARS). */
export const DOUBLE_TEXT_BYTES_MAX = 5 * KIB;
/** Longest text a double is written as: sign, 17 digits, point, `e-308`, or 17 digits and seven zeros. */
export const DOUBLE_TEXT_WRITTEN_BYTES_MAX = 25;
