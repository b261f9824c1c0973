/**
 * A stream in memory.
 *
 *     record      ┌ size f64 ┬ length f64 ┬ last id ┬ first id ┬ max deleted id ┬ added i64 ┬ groups ┬ gone ┬ tree ┐  112
 *                 └──────────┴────────────┴─────────┴──────────┴────────────────┴───────────┴────┬───┴──────┴──┬───┘
 *     groups      a sorted index of entries: key = name, value = the group's record ←────────────┘             │
 *     tree        ids → nodes, which are listpacks of some hundred entries  ←───────────────────────────────────┘
 *
 *     group       ┌ name ┬ consumers ┬ last id ┬ read i64 ┬ tree ┬ gone ┬ gone count ┬ next ┬ epoch ┐          80
 *                 the tree: id → delivery time i64, count i64, consumer
 *     consumer    ┌ name ┬ – ┬ seen f64 ┬ active f64 ┬ tree ┬ epoch ┐        id                                60
 *
 * Beside the handle of a node the tree has the number of its entries, so that trimming touches none of the nodes that go:
 * half a microsecond each, where there are 50,000 in 200 MB.
 *
 * The trees (`stream-tree.ts`) have their roots in the records. Names point at the entries that bear them, and these
 * at the records, so that a consumer's name is found from a pending entry and the consumer from its name.
 *
 * Why a sorted index of names and no table: names are read in order, by XINFO and by RDB; there are few of them, and
 * a look-up among ten is three comparisons. All scores in it are 0.
 *
 * Consumers that are deleted but still own pending entries are chained behind their group's `gone`, without a name, and
 * groups that have such behind the stream's (`keyspace/stream-gone.ts`).
 *
 * A pending entry stands twice, in the group's tree with all that is known of it, in its consumer's by its id alone:
 * what a consumer asks for is read in order of ids from the small tree, and each looked up in the large one, whose
 * finger then stands where the next one is.
 */
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";

export const STREAM_RECORD_BYTES = 112;
/** As doubles. */
export const STREAM_LENGTH_DOUBLE = 1;
/** As words. */
export const STREAM_LAST_ID = 4;
export const STREAM_FIRST_ID = 8;
export const STREAM_MAX_DELETED_ID = 12;
export const STREAM_ADDED = 16;
export const STREAM_GROUPS = 18;
/** The first of the groups that have consumers that are gone. */
export const STREAM_GONE = 19;
export const STREAM_TREE = 20;
/** Words beside an id in the tree: entries of the node that are not deleted, and the node. */
export const NODE_VALUE_WORDS = 2;
export const NODE_ENTRIES = 0;
export const NODE_HANDLE = 1;

export const GROUP_RECORD_BYTES = 80;
export const GROUP_NAME = 0;
export const GROUP_CONSUMERS = 1;
export const GROUP_LAST_ID = 2;
export const GROUP_READ = 6;
export const GROUP_TREE = 8;
/** The first of its consumers that are gone, and how many entries of the tree are theirs. */
export const GROUP_GONE = 16;
export const GROUP_GONE_COUNT = 17;
/** From the tree on, the words that say what is pending. */
export const GROUP_PENDING_WORDS = 10;
/** The next group that has such. */
export const GROUP_GONE_NEXT = 18;
/** Of the snapshot that has seen it, or in whose course it was made (`keyspace/stream-image.ts`). */
export const GROUP_EPOCH = 19;
/** Words beside an id in a group's tree. */
export const PENDING_VALUE_WORDS = 5;
export const PENDING_TIME_HIGH = 0;
export const PENDING_TIME_LOW = 1;
export const PENDING_COUNT_HIGH = 2;
export const PENDING_COUNT_LOW = 3;
export const PENDING_CONSUMER = 4;

export const CONSUMER_RECORD_BYTES = 60;
/** The entry that bears its name; 0 when it is gone. */
export const CONSUMER_NAME = 0;
/** Free for whoever copies or writes a group: nothing is left there. */
export const CONSUMER_SCRATCH = 1;
/** Of one that is gone: the next such. */
export const CONSUMER_GONE_NEXT = 1;
export const CONSUMER_SEEN_DOUBLE = 1;
export const CONSUMER_ACTIVE_DOUBLE = 2;
export const CONSUMER_TREE = 6;
/** As a group's. */
export const CONSUMER_EPOCH = 14;

/** A word of a record. */
export function recordWord(arena: Arena, record: Handle, field: number): number {
  return arena.words[record >>> SEGMENT_SHIFT][((record & SEGMENT_MASK) << 2) + field];
}

export function setRecordWord(arena: Arena, record: Handle, field: number, value: number): void {
  arena.words[record >>> SEGMENT_SHIFT][((record & SEGMENT_MASK) << 2) + field] = value;
}

/** Whether a consumer has been deleted, and what is pending for it is not to be seen. */
export function isGone(arena: Arena, consumer: Handle): boolean {
  return recordWord(arena, consumer, CONSUMER_NAME) === 0;
}

/** A double of a record. */
export function recordDouble(arena: Arena, record: Handle, field: number): number {
  return arena.doubles[record >>> SEGMENT_SHIFT][((record & SEGMENT_MASK) << 1) + field];
}

export function setRecordDouble(arena: Arena, record: Handle, field: number, value: number): void {
  arena.doubles[record >>> SEGMENT_SHIFT][((record & SEGMENT_MASK) << 1) + field] = value;
}

/** A record whose words are all 0. */
export function createRecord(arena: Arena, sizeBytes: number): Handle {
  const record = arena.allocate(sizeBytes);
  const at = (record & SEGMENT_MASK) << 2;
  arena.words[record >>> SEGMENT_SHIFT].fill(0, at, at + sizeBytes / 4);
  return record;
}
