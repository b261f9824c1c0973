/**
 * The directories of a simulated disk, and which of their entries would survive a loss of power.
 *
 * Each directory has its entries twice: as the process sees them, and as they stand on the platter. A journal holds the
 * changes in between, in order; one change may edit two directories (a rename across them), and is atomic. Making a
 * directory durable commits the changes that touch it and, since a journal has one order, every earlier change that
 * touches a directory one of these touches: never a change without what it builds on, and never more than that, so a
 * program that forgets one `syncDirectory` finds out.
 */
import { assert } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import { FileNode } from "./file_node.ts";

/** Beyond this many uncommitted changes the oldest count as committed, as a file system does in time. */
const JOURNAL_CHANGES_MAX = 10_000;

export class DirectoryNode {
  readonly kind = "directory";
  readonly id: number;
  modifiedMs: number;
  entries = new Map<string, DiskNode>();
  readonly durable = new Map<string, DiskNode>();

  constructor(id: number, modifiedMs: number) {
    this.id = id;
    this.modifiedMs = modifiedMs;
  }
}

/** The file a Unix socket is bound to; it outlives the process that bound it. */
export class SocketNode {
  readonly kind = "socket";
  readonly id: number;
  readonly modifiedMs: number;

  constructor(id: number, modifiedMs: number) {
    this.id = id;
    this.modifiedMs = modifiedMs;
  }
}

export type DiskNode = FileNode | DirectoryNode | SocketNode;

/** `node` stands under `name` from now on; null: nothing does. */
export interface Edit {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: DiskNode | null;
}

interface JournalEntry {
  readonly sequence: number;
  readonly edits: readonly Edit[];
}

export class DirectoryTree {
  readonly root: DirectoryNode;
  private journal: JournalEntry[] = [];
  private lastSequence = 0;

  constructor(root: DirectoryNode) {
    this.root = root;
  }

  /** Sequence number of the last change so far. */
  get sequence(): number {
    return this.lastSequence;
  }

  /** Carries out one atomic change. */
  change(edits: readonly Edit[], nowMs: number): void {
    for (const { directory, name, node } of edits) {
      const previous = directory.entries.get(name);
      if (previous instanceof FileNode) previous.linkCount--;
      if (node instanceof FileNode) node.linkCount++;
      setEntry(directory.entries, name, node);
      directory.modifiedMs = nowMs;
    }
    this.journal.push({ sequence: ++this.lastSequence, edits });
    if (this.journal.length > JOURNAL_CHANGES_MAX) {
      for (const entry of this.journal.splice(0, JOURNAL_CHANGES_MAX >> 1)) makeDurable(entry);
    }
  }

  /** Makes durable what happened to `directory` up to `sequence`, with all it builds on. */
  commit(directory: DirectoryNode, sequence: number): void {
    const touched = new Set([directory]);
    const committed = new Set<JournalEntry>();
    for (let index = this.journal.length - 1; index >= 0; index--) {
      const entry = this.journal[index];
      if (entry.sequence > sequence || !entry.edits.some((edit) => touched.has(edit.directory))) continue;
      committed.add(entry);
      for (const edit of entry.edits) touched.add(edit.directory);
    }
    for (const entry of this.journal) {
      if (committed.has(entry)) makeDurable(entry);
    }
    this.journal = this.journal.filter((entry) => !committed.has(entry));
  }

  /** A loss of power. @param prng how much of the journal survives; null for nothing. */
  losePower(prng: Prng | null): void {
    const keptCount = prng === null ? 0 : prng.below(this.journal.length + 1);
    for (const entry of this.journal.slice(0, keptCount)) makeDurable(entry);
    this.journal = [];
    const links = new Map<FileNode, number>();
    reload(this.root, links);
    for (const [file, count] of links) file.linkCount = count;
  }

  /** Every file that has a name. */
  files(): FileNode[] {
    const links = new Map<FileNode, number>();
    collect(this.root, links);
    return [...links.keys()];
  }
}

function setEntry(entries: Map<string, DiskNode>, name: string, node: DiskNode | null): void {
  if (node === null) entries.delete(name);
  else entries.set(name, node);
}

function makeDurable(entry: JournalEntry): void {
  for (const { directory, name, node } of entry.edits) setEntry(directory.durable, name, node);
}

/** Brings `directory` and all below it back to what stands on the platter. */
function reload(directory: DirectoryNode, links: Map<FileNode, number>): void {
  directory.entries = new Map(directory.durable);
  for (const node of directory.entries.values()) {
    if (node instanceof DirectoryNode) reload(node, links);
    else if (node instanceof FileNode) links.set(node, (links.get(node) ?? 0) + 1);
  }
}

function collect(directory: DirectoryNode, links: Map<FileNode, number>): void {
  for (const node of directory.entries.values()) {
    if (node instanceof DirectoryNode) collect(node, links);
    else if (node instanceof FileNode) {
      links.set(node, (links.get(node) ?? 0) + 1);
      assert(node.linkCount > 0, "a file with a name has a link");
    }
  }
}
