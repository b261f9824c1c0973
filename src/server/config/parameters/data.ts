import { DATABASES_DEFAULT, DATABASES_MAX, DATABASES_MIN } from "../../../base/limits.ts";
import { integer, oneOf, unsigned, unsignedMemory, yesNo } from "../kinds.ts";
import { INT_MIN, LONG_MAX } from "../numbers.ts";
import { accepted, awaits, parameter, used } from "../parameter.ts";

const SLICES = "Whatever goes away is counted out at once and freed in slices, always.";
const DEFRAGMENTATION = "defragmentation";

const NO_DEFRAGMENTATION =
  "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc " +
  "like the one shipped by default with the Redis source distribution";

/** The data set: how much of it may be, what goes first, and when a value changes its encoding. */
export const DATA = [
  parameter(
    "databases",
    integer(BigInt(DATABASES_MIN), BigInt(DATABASES_MAX)),
    BigInt(DATABASES_DEFAULT),
    used("The number of databases."),
    { immutable: true },
  ),
  parameter(
    "maxmemory",
    unsignedMemory(0n),
    0n,
    awaits(
      "eviction",
      "Memory that data and clients may take before keys are evicted or writes refused. 0 is no limit.",
    ),
  ),
  parameter(
    "maxmemory-policy",
    oneOf(
      "volatile-lru",
      "volatile-lfu",
      "volatile-random",
      "volatile-ttl",
      "allkeys-lru",
      "allkeys-lfu",
      "allkeys-random",
      "noeviction",
    ),
    "noeviction",
    used("Which keys are evicted. It also says whether a key remembers when or how often it was used."),
  ),
  parameter("maxmemory-samples", integer(1n), 5n, awaits("eviction", "Keys that are looked at to find one to evict.")),
  parameter(
    "maxmemory-eviction-tenacity",
    integer(0n, 100n),
    10n,
    awaits("eviction", "How long one turn evicts at most."),
  ),
  parameter("lfu-log-factor", integer(0n), 10n, used("How many uses of a key it takes to raise its counter.")),
  parameter("lfu-decay-time", integer(0n), 1n, used("Minutes after which that counter is lowered by one.")),
  parameter(
    "active-expire-effort",
    integer(1n, 10n),
    1n,
    accepted("Keys expire on time, whatever is set: an index says which are due."),
  ),
  parameter("lazyfree-lazy-eviction", yesNo(), false, accepted(SLICES), { debug: true }),
  parameter("lazyfree-lazy-expire", yesNo(), false, accepted(SLICES), { debug: true }),
  parameter(
    "lazyfree-lazy-server-del",
    yesNo(),
    false,
    used(`A set that SPOP takes whole is propagated as UNLINK instead of DEL. ${SLICES}`),
    { debug: true },
  ),
  parameter("lazyfree-lazy-user-del", yesNo(), false, accepted(SLICES), { debug: true }),
  parameter("lazyfree-lazy-user-flush", yesNo(), false, accepted(SLICES), { debug: true }),
  parameter(
    "activerehashing",
    yesNo(),
    true,
    accepted("The table grows a segment at a time, so there is nothing to rehash."),
  ),
  parameter(
    "hash-max-listpack-entries",
    unsigned(0n, LONG_MAX),
    512n,
    used("Fields that a hash may have as a listpack."),
    { alias: "hash-max-ziplist-entries" },
  ),
  parameter(
    "hash-max-listpack-value",
    unsignedMemory(0n, LONG_MAX),
    64n,
    used("Bytes of the longest field or value in such a hash."),
    { alias: "hash-max-ziplist-value" },
  ),
  parameter(
    "list-max-listpack-size",
    integer(INT_MIN),
    -2n,
    used("Elements of one node of a list; -1 to -5 are 4, 8, 16, 32 and 64 KB instead."),
    { alias: "list-max-ziplist-size" },
  ),
  parameter(
    "list-compress-depth",
    integer(0n),
    0n,
    used("Nodes at each end of a list that stay uncompressed; 0 compresses none."),
    { debug: true },
  ),
  parameter(
    "set-max-intset-entries",
    unsigned(0n, LONG_MAX),
    512n,
    used("Members that a set of integers may have as an intset."),
  ),
  parameter(
    "set-max-listpack-entries",
    unsigned(0n, LONG_MAX),
    128n,
    used("Members that a set may have as a listpack."),
  ),
  parameter("set-max-listpack-value", unsigned(0n, LONG_MAX), 64n, used("Bytes of the longest member in such a set.")),
  parameter(
    "zset-max-listpack-entries",
    unsigned(0n, LONG_MAX),
    128n,
    used("Members that a sorted set may have as a listpack."),
    { alias: "zset-max-ziplist-entries" },
  ),
  parameter(
    "zset-max-listpack-value",
    unsignedMemory(0n, LONG_MAX),
    64n,
    used("Bytes of the longest member in such a sorted set."),
    { alias: "zset-max-ziplist-value" },
  ),
  parameter(
    "stream-node-max-bytes",
    unsignedMemory(0n, LONG_MAX),
    4096n,
    used("Bytes of one node of a stream; 0 is no limit."),
  ),
  parameter(
    "stream-node-max-entries",
    integer(0n, LONG_MAX),
    100n,
    used("Entries of one node of a stream; 0 is no limit."),
  ),
  parameter(
    "hll-sparse-max-bytes",
    unsignedMemory(0n, LONG_MAX),
    3000n,
    used("Bytes up to which a HyperLogLog stays sparse."),
  ),
  parameter(
    "activedefrag",
    yesNo((wanted) => (wanted ? NO_DEFRAGMENTATION : null)),
    false,
    awaits(DEFRAGMENTATION, "Moves values together. `yes` is refused."),
    { debug: true },
  ),
  parameter(
    "active-defrag-ignore-bytes",
    unsignedMemory(1n, LONG_MAX),
    104_857_600n,
    awaits(DEFRAGMENTATION, "Waste below which nothing is moved."),
  ),
  parameter(
    "active-defrag-threshold-lower",
    integer(0n, 1000n),
    10n,
    awaits(DEFRAGMENTATION, "Percent of waste at which it begins."),
  ),
  parameter(
    "active-defrag-threshold-upper",
    integer(0n, 1000n),
    100n,
    awaits(DEFRAGMENTATION, "Percent of waste at which it does its most."),
  ),
  parameter(
    "active-defrag-cycle-min",
    integer(1n, 99n),
    1n,
    awaits(DEFRAGMENTATION, "Its least share of the time, percent."),
  ),
  parameter(
    "active-defrag-cycle-max",
    integer(1n, 99n),
    25n,
    awaits(DEFRAGMENTATION, "Its greatest share of the time, percent."),
  ),
  parameter(
    "active-defrag-max-scan-fields",
    integer(1n, LONG_MAX),
    1000n,
    awaits(DEFRAGMENTATION, "Elements from which on a value is moved by itself."),
  ),
] as const;
