/**
 * The image of one large collection: what it was when a snapshot began, told in parts while it changes.
 *
 * A collection below a root can have any number of parts: members of a table, nodes of a list. The rule for keys
 * (`snapshot.ts`) is repeated for them. Each part has an epoch; in a collection that the snapshot has yet to write,
 *
 *     part.epoch = generation    made since, or told, or kept: nothing to be told
 *     part.epoch ≠ generation    as it was when the snapshot began
 *
 * so the walk tells a part and gives it the generation, and whoever changes one that has another first has it kept:
 *
 *     a member    the table gets a fresh entry, or loses this one; the old entry comes to a list here. Order is nothing to
 *                 a hash or a set, and nothing that a sorted set's members could not be read back in
 *     a node      a copy, or the node itself when it leaves the chain, is kept in front of the live node that it stood at.
 *                 The list as it was is, at any time: for each live node from `#position` on, what is kept in front of it,
 *                 then itself if it is untold; and at the end what is kept behind the last. A node that goes passes
 *                 what it has on to the next one
 *
 * RDB wants the number of parts first and all of them in a row: the number is taken before the first change, and what
 * has been kept waits until the walk comes to this collection, or for its next step if it is there. A sorted set is told
 * from the greatest member down, as in Redis, for as long as it does not change; then the rest of it by its table.
 *
 * The alternatives. Writing the collection out before its first change is a turn of seconds for ten million members.
 * Copying it is as long. A cut (what lies behind the walk is told, what lies before it is not) needs an order that
 * survives every change, which a list has not, and as much work at the changes. A frozen root with copies of inner nodes
 * (as in a persistent tree) would need every structure to count references.
 *
 * Cost. Without a snapshot: a test for null where a part is made, changed or removed. With one, for the first change of
 * a part: an entry instead of a write in place, or a copy of a node (8 KB). What is kept counts as used, but not as the
 * value's; how much it may be is the business of `Snapshot`.
 *
 * A stream, whose parts are found by their ids, is a third kind (`stream-image.ts`).
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { type Arena, type Handle, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { indexOf, rootBytes, tableOf } from "../structures/collection-root.ts";
import {
  ENCODING_QUICKLIST,
  ENCODING_ROOT_MIN,
  ENCODING_SORTED,
  ENCODING_STREAM,
  ENCODING_TABLE,
  encodingOf,
  epochOf,
  outsideHandle,
  setEpoch,
} from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { freeMember, MemberTable, memberBytes } from "../structures/member-table.ts";
import type { MemberGuard, NodeGuard } from "../structures/part-guards.ts";
import { Quicklist } from "../structures/quicklist.ts";
import { NodeRecord } from "../structures/quicklist-record.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import { SortedCursor } from "../structures/sorted-index-cursor.ts";
import { FieldIndex } from "./hash-field-index.ts";
import { StreamLenses, type StreamPartReader } from "./stream-parts.ts";

/** Of an image that is read while nothing changes: parts have no epoch then, and get none. */
export const EPOCH_NONE = -1;
/** A step's worth of what a reader goes through. */
export const STEP_BYTES = 128;
/** Steps in the time of which a node is freed. */
export const NODE_STEPS = 4;
/** A smaller collection is copied when it changes, as any small value. */
const COPIED_BYTES_MAX = 32 * 1024;
/** What an image takes on the JavaScript heap, and what a part does that it keeps, about. */
export const IMAGE_OVERHEAD_BYTES = 768;
export const KEPT_PART_OVERHEAD_BYTES = 16;

/** What is known of the parts before the first of them. */
export interface Parts {
  /** How many there are, at least one; of a stream, nodes. */
  readonly count: number;
  /** When the field of a hash that expires first does so, ms since the epoch; 0 when none does. */
  readonly firstExpiryMs: number;
}

/** Receives the parts of a collection: entries of members, nodes of a list. They are good during the call only. */
export interface PartReader {
  part(part: Handle): void;
  /** Instead of parts, for streams. */
  readonly stream?: StreamPartReader;
  /** Bytes gone through so far, to copy or to compress them: what it takes time for. */
  readonly workBytes?: number;
}

/** Whether a value is a collection that is told in parts. */
export function hasParts(encoding: number): boolean {
  if (encoding === ENCODING_TABLE || encoding === ENCODING_SORTED) return true;
  return encoding === ENCODING_QUICKLIST || encoding === ENCODING_STREAM;
}

/** Whether an unsaved value keeps changing in place, with an image of what it was, rather than being copied. */
export function wantsImage(arena: Arena, entry: Handle): boolean {
  const encoding = encodingOf(arena, entry);
  return (
    encoding >= ENCODING_ROOT_MIN &&
    hasParts(encoding) &&
    rootBytes(arena, outsideHandle(arena, entry)) > COPIED_BYTES_MAX
  );
}

/** What images are read with, one set for all of a reader. */
export class PartLenses {
  readonly arena: Arena;
  readonly members: MemberTable;
  readonly fields: FieldIndex;
  readonly sorted: SortedIndex;
  readonly place: SortedCursor;
  readonly list: Quicklist;
  readonly node: NodeRecord;
  readonly kept: NodeRecord;
  readonly batch = new HandleList();
  readonly streams: StreamLenses;
  /** What images keep altogether: bytes in the accounting, and parts. */
  keptBytes = 0;
  keptParts = 0;

  constructor(arena: Arena, hash: KeyedHash) {
    this.arena = arena;
    this.members = new MemberTable(arena, hash);
    this.fields = new FieldIndex(arena);
    this.sorted = new SortedIndex(arena);
    this.place = new SortedCursor(arena);
    this.list = new Quicklist(arena);
    this.node = new NodeRecord(arena);
    this.kept = new NodeRecord(arena);
    this.streams = new StreamLenses(arena);
  }
}

/** See the essay above. */
export abstract class CollectionImage implements Parts {
  /** Of the collection as it is now; 0 when it is no more. */
  root: Handle;
  readonly epoch: number;
  /** How many parts there were in the beginning: so many are told. */
  readonly count: number;
  abstract readonly firstExpiryMs: number;
  /** Whether the key still has the collection, and with it the root; else it is the image's. */
  isShared = false;
  /** Bytes of what is kept in the accounting. */
  keptBytes = 0;
  protected readonly lenses: PartLenses;
  /** Steps that the last call has left. */
  left = 0;

  constructor(lenses: PartLenses, root: Handle, epoch: number, count: number) {
    this.lenses = lenses;
    this.root = root;
    this.epoch = epoch;
    this.count = count;
  }

  /** The collection is about to change. */
  abstract touch(): void;

  /** Tells parts for about so many steps: a small part is one. @returns false when that was all. */
  abstract step(stepsMax: number, reader: PartReader): boolean;

  /** Frees what is kept, untold, for about so many steps. @returns false when nothing is left. */
  abstract discard(stepsMax: number): boolean;
}

/** Of a collection whose parts have epochs. */
abstract class EpochImage extends CollectionImage {
  #told = 0;

  /** Whether a part need not be told; after the first time it need not. */
  protected abstract isTold(part: Handle): boolean;

  /** Tells a part, if it has not been. */
  protected visit(part: Handle, reader: PartReader): void {
    if (this.isTold(part)) this.left--;
    else this.tell(part, reader);
  }

  protected tell(part: Handle, reader: PartReader): void {
    const before = reader.workBytes ?? 0;
    this.#told++;
    reader.part(part);
    this.left -= 1 + Math.floor(((reader.workBytes ?? 0) - before) / STEP_BYTES);
  }

  /** Counts a part that is kept. @param change 1, or -1 for one that is no longer. */
  protected countKept(change: number, bytes: number): void {
    this.keptBytes += change * bytes;
    this.lenses.keptBytes += change * bytes;
    this.lenses.keptParts += change;
  }

  /** The end of the walk. */
  protected end(): false {
    assert(this.#told === this.count && this.keptBytes === 0, "an image has as many parts as there were");
    return false;
  }
}

/** A hash, a set or a sorted set. */
export class MemberImage extends EpochImage implements MemberGuard {
  readonly firstExpiryMs: number;
  readonly #kept = new HandleList();
  /** Whether the walk follows the sorted index, which has not changed. */
  #isOrdered: boolean;
  #isAtStart = true;
  #cursor = 0;

  constructor(lenses: PartLenses, root: Handle, epoch: number, isSorted: boolean) {
    super(lenses, root, epoch, lenses.members.attach(tableOf(lenses.arena, root)).count);
    this.#isOrdered = isSorted;
    const { fields } = lenses;
    if (!isSorted) fields.attach(root);
    this.firstExpiryMs = isSorted || fields.count === 0 ? 0 : fields.nextMs;
  }

  touch(): void {
    if (!this.#isOrdered) return;
    this.#isOrdered = false;
    this.#isAtStart = true;
  }

  keepMember(entry: Handle): void {
    this.#kept.push(entry);
    this.countKept(1, memberBytes(this.lenses.arena, entry));
  }

  step(stepsMax: number, reader: PartReader): boolean {
    this.left = stepsMax;
    this.#letGo(reader);
    if (this.left <= 0 || (this.#isOrdered ? this.#walkIndex(reader) : this.#walkTable(reader))) return true;
    return this.end();
  }

  discard(stepsMax: number): boolean {
    this.left = stepsMax;
    this.#letGo(null);
    return this.#kept.length > 0;
  }

  /** Frees what is kept. @param reader who is told of it before, if anybody is. */
  #letGo(reader: PartReader | null): void {
    const kept = this.#kept;
    const { arena } = this.lenses;
    while (this.left > 0 && kept.length > 0) {
      const entry = kept.items[--kept.length];
      if (reader === null) this.left--;
      else this.tell(entry, reader);
      this.countKept(-1, memberBytes(arena, entry));
      this.left -= freeMember(arena, entry) * SLAB_BLOCKS_PER_LARGE;
    }
  }

  #walkTable(reader: PartReader): boolean {
    const { arena, batch, members } = this.lenses;
    members.attach(tableOf(arena, this.root));
    for (; this.left > 0; this.left--) {
      if (this.#cursor === 0 && !this.#isAtStart) return false;
      this.#isAtStart = false;
      batch.clear();
      this.#cursor = members.scan(this.#cursor, batch);
      for (let index = 0; index < batch.length; index++) this.visit(batch.items[index], reader);
    }
    return this.#cursor !== 0;
  }

  /** From the greatest member down: whoever reads them back adds each at the same end. */
  #walkIndex(reader: PartReader): boolean {
    const { arena, place, sorted } = this.lenses;
    let isMore = true;
    if (this.#isAtStart) {
      sorted.attach(indexOf(arena, this.root));
      isMore = sorted.at(sorted.count - 1, place);
      this.#isAtStart = false;
    }
    while (this.left > 0 && isMore) {
      this.visit(place.entry, reader);
      isMore = place.previous();
    }
    return isMore;
  }

  protected isTold(entry: Handle): boolean {
    const { arena } = this.lenses;
    if (this.epoch === EPOCH_NONE) return false;
    if (epochOf(arena, entry) === this.epoch) return true;
    setEpoch(arena, entry, this.epoch);
    return false;
  }
}

/** A list. */
export class ListImage extends EpochImage implements NodeGuard {
  readonly firstExpiryMs = 0;
  /** The live node that is told next, 0 behind the last. */
  #position: Handle;
  /** By live node, and 0 for the end: the first of the nodes kept in front of it. Its `previous` is the last of them. */
  readonly #kept: Map<Handle, Handle> = new Map();

  constructor(lenses: PartLenses, root: Handle, epoch: number) {
    super(lenses, root, epoch, lenses.list.attach(root).nodeCount);
    this.#position = lenses.list.firstNode;
  }

  touch(): void {}

  changeNode(node: Handle): void {
    if (this.isTold(node)) return;
    const { kept, node: live } = this.lenses;
    const copy = kept.createCopy(live.attach(node)).handle;
    this.countKept(1, kept.ownBytes);
    kept.previous = copy;
    this.#kept.set(node, this.#join(this.#kept.get(node) ?? 0, copy));
  }

  removeNode(node: Handle, next: Handle): boolean {
    let first = this.#kept.get(node) ?? 0;
    this.#kept.delete(node);
    const isTaken = !this.isTold(node);
    if (isTaken) {
      const { kept } = this.lenses;
      this.countKept(1, kept.attach(node).ownBytes);
      kept.previous = node;
      kept.next = 0;
      first = this.#join(first, node);
    }
    if (first !== 0) this.#kept.set(next, this.#join(first, this.#kept.get(next) ?? 0));
    if (this.#position === node) this.#position = next;
    return isTaken;
  }

  step(stepsMax: number, reader: PartReader): boolean {
    this.left = stepsMax;
    while (this.left > 0) {
      const position = this.#position;
      const first = this.#kept.get(position) ?? 0;
      if (first !== 0) {
        this.tell(first, reader);
        this.#drop(position, first);
      } else if (position === 0) {
        return this.end();
      } else {
        this.visit(position, reader);
        this.#position = this.lenses.node.attach(position).next;
      }
    }
    return true;
  }

  discard(stepsMax: number): boolean {
    this.left = stepsMax;
    for (const at of this.#kept.keys()) {
      for (let first = this.#kept.get(at) ?? 0; first !== 0; first = this.#kept.get(at) ?? 0) {
        if (this.left <= 0) return true;
        this.#drop(at, first);
        this.left -= NODE_STEPS;
      }
    }
    return false;
  }

  /** Frees the first of what is kept at a place. */
  #drop(at: Handle, first: Handle): void {
    const { kept } = this.lenses;
    const { next, previous } = kept.attach(first);
    this.countKept(-1, kept.ownBytes);
    kept.free();
    if (next === 0) {
      this.#kept.delete(at);
      return;
    }
    kept.attach(next).previous = previous;
    this.#kept.set(at, next);
  }

  /** Two rows of kept nodes, one behind the other. Either may be none. */
  #join(front: Handle, back: Handle): Handle {
    if (front === 0) return back;
    if (back === 0) return front;
    const { kept } = this.lenses;
    const last = kept.attach(back).previous;
    const middle = kept.attach(front).previous;
    kept.previous = last;
    kept.attach(middle).next = back;
    return front;
  }

  protected isTold(handle: Handle): boolean {
    if (this.epoch === EPOCH_NONE) return false;
    const node = this.lenses.node.attach(handle);
    if (node.epoch === this.epoch) return true;
    node.epoch = this.epoch;
    return false;
  }
}
