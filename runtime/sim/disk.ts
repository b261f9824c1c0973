/**
 * The disk of one host: a file system in memory that outlives the host's process.
 *
 * Paths are absolute here, names separated by `/`; `.` and `..` are resolved in the text, as there are no links. What a
 * loss of power leaves is decided in two places that know nothing of each other, as on a real disk: the content of each
 * file (`file_node.ts`) and the directory entries (`directory_tree.ts`). So a renamed file may stand under its new name
 * and be empty. The device does one sync at a time, and each takes a time drawn from the seed.
 */
import type { Prng } from "../../src/base/prng.ts";
import { PlatformError, type PlatformErrorKind } from "../../src/platform/index.ts";
import { DirectoryNode, DirectoryTree, type DiskNode, SocketNode } from "./directory_tree.ts";
import { FileNode } from "./file_node.ts";

export interface DiskOptions {
  /** Room for file content; beyond it writes fail with `no-space`. */
  readonly capacityBytes?: number;
  /** Shortest and longest time of one sync, µs. */
  readonly syncUs?: readonly [number, number];
}

const CAPACITY_BYTES_DEFAULT = 2 * 1024 * 1024 * 1024;
const SYNC_US_DEFAULT = [100, 1000] as const;

/** What exists, durably, on a new disk. */
const FIRST_DIRECTORIES = ["tmp", "data"];

/** Where a path leads: the directory that holds it, the last name, and what stands there. */
export interface Place {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: DiskNode | undefined;
}

export class SimDisk {
  /** May be changed at any time, to let a disk run full. */
  capacityBytes: number;
  /** When set, every sync fails with this, and makes nothing durable. */
  syncError: PlatformErrorKind | null = null;
  /** When set, every write fails with this. */
  writeError: PlatformErrorKind | null = null;
  /** Losses of power so far: what the device was doing during one never ends. */
  powerLossCount = 0;
  private readonly tree: DirectoryTree;
  private readonly prng: Prng;
  private readonly nowMs: () => number;
  private readonly syncUs: readonly [number, number];
  /** Files with changes that no sync covers. */
  private readonly dirty = new Set<FileNode>();
  private nextNodeId = 1;
  private contentBytes = 0;
  private deviceBusyUntilUs = 0;

  /** @param nowMs the wall clock, for modification times. */
  constructor(prng: Prng, nowMs: () => number, options: DiskOptions = {}) {
    this.prng = prng;
    this.nowMs = nowMs;
    this.capacityBytes = options.capacityBytes ?? CAPACITY_BYTES_DEFAULT;
    this.syncUs = options.syncUs ?? SYNC_US_DEFAULT;
    this.tree = new DirectoryTree(new DirectoryNode(0, nowMs()));
    for (const name of FIRST_DIRECTORIES) this.makeDirectory(`/${name}`);
    this.tree.commit(this.tree.root, this.tree.sequence);
  }

  /** Bytes of all files that have a name or are open. */
  get usedBytes(): number {
    return this.contentBytes;
  }

  /** @throws PlatformError `not-found` when a directory on the way is missing. */
  find(path: string): Place {
    const names = path.split("/").filter((name) => name !== "");
    const name = names.pop();
    // The root is its own entry under no name.
    if (name === undefined) return { directory: this.tree.root, name: "", node: this.tree.root };
    let directory = this.tree.root;
    for (const step of names) {
      const node = directory.entries.get(step);
      if (!(node instanceof DirectoryNode)) throw failure("not-found", `no directory ${step} on the way`, path);
      directory = node;
    }
    return { directory, name, node: directory.entries.get(name) };
  }

  /** @throws PlatformError `not-found`, or `io` when it is no directory. */
  requireDirectory(path: string): DirectoryNode {
    const { node } = this.find(path);
    if (node === undefined) throw failure("not-found", "no such directory", path);
    if (!(node instanceof DirectoryNode)) throw failure("io", "not a directory", path);
    return node;
  }

  createFile(place: Place): FileNode {
    const file = new FileNode(this.nextNodeId++, this.nowMs());
    this.link(place, file);
    return file;
  }

  /** Binds a Unix socket. @throws PlatformError `address-in-use` when anything stands there. */
  createSocket(path: string): SocketNode {
    const place = this.find(path);
    if (place.node !== undefined) throw failure("address-in-use", "something stands there already", path);
    const socket = new SocketNode(this.nextNodeId++, this.nowMs());
    this.link(place, socket);
    return socket;
  }

  /** Removes the file a socket was bound to, if it is still that one. */
  removeSocket(path: string, socket: SocketNode): void {
    const place = this.find(path);
    if (place.node === socket) this.tree.change([{ ...place, node: null }], this.nowMs());
  }

  makeDirectory(path: string): void {
    const place = this.find(path);
    if (place.node instanceof DirectoryNode) return;
    if (place.node !== undefined) throw failure("exists", "a file stands there", path);
    this.link(place, new DirectoryNode(this.nextNodeId++, this.nowMs()));
  }

  removeDirectory(path: string): void {
    const place = this.find(path);
    const directory = this.requireDirectory(path);
    if (directory.entries.size > 0) throw failure("not-empty", "the directory is not empty", path);
    if (directory === this.tree.root) throw failure("permission", "the root stays", path);
    this.tree.change([{ ...place, node: null }], this.nowMs());
  }

  remove(path: string): void {
    const place = this.find(path);
    const { node } = place;
    if (node === undefined) throw failure("not-found", "no such file", path);
    if (node instanceof DirectoryNode) throw failure("is-directory", "a directory", path);
    this.tree.change([{ ...place, node: null }], this.nowMs());
    this.freeUnused(node);
  }

  rename(from: string, to: string): void {
    const source = this.find(from);
    const target = this.find(to);
    const { node } = source;
    if (node === undefined) throw failure("not-found", "no such file", from);
    if (node === target.node) return;
    this.checkRename(node, target, from, to);
    const edits = [
      { ...source, node: null },
      { ...target, node },
    ];
    this.tree.change(edits, this.nowMs());
    if (target.node !== undefined) this.freeUnused(target.node);
  }

  /** Writes as much as there is room for. @throws PlatformError `no-space` when that was not all. */
  write(file: FileNode, bytes: Uint8Array, position: number): void {
    if (this.writeError !== null) throw new PlatformError(this.writeError, "the simulated disk fails writes");
    const growthBytes = Math.max(0, position + bytes.length - file.sizeBytes);
    const missingBytes = Math.max(0, growthBytes - Math.max(0, this.capacityBytes - this.contentBytes));
    const kept = bytes.subarray(0, Math.max(0, bytes.length - missingBytes));
    this.resized(file, () => file.write(kept, position));
    if (kept.length < bytes.length) {
      throw new PlatformError("no-space", `room for ${kept.length} of ${bytes.length} bytes`);
    }
  }

  truncate(file: FileNode, sizeBytes: number): void {
    if (this.writeError !== null) throw new PlatformError(this.writeError, "the simulated disk fails writes");
    if (sizeBytes - file.sizeBytes > this.capacityBytes - this.contentBytes) {
      throw new PlatformError("no-space", `no room to grow a file to ${sizeBytes} bytes`);
    }
    this.resized(file, () => file.truncate(sizeBytes));
  }

  /** A handle of `file` has been closed. */
  handleClosed(file: FileNode): void {
    file.handleCount--;
    this.freeUnused(file);
  }

  /** Books the device for one sync that starts at `nowUs`. @returns when it ends, µs. */
  bookSync(nowUs: number): number {
    const [shortestUs, longestUs] = this.syncUs;
    const startUs = Math.max(nowUs, this.deviceBusyUntilUs);
    this.deviceBusyUntilUs = startUs + shortestUs + this.prng.below(longestUs - shortestUs + 1);
    return this.deviceBusyUntilUs;
  }

  /** @returns what makes durable, when called, everything `file` held at the time of this call. */
  beginFileSync(file: FileNode): () => void {
    const sequence = file.beginSync();
    return () => {
      file.finishSync(sequence);
      if (file.unsyncedCount === 0) this.dirty.delete(file);
    };
  }

  /** As `beginFileSync`, for the entries of a directory. */
  beginDirectorySync(directory: DirectoryNode): () => void {
    const { sequence } = this.tree;
    return () => this.tree.commit(directory, sequence);
  }

  /** Leaves only what a loss of power leaves. */
  losePower(keep: "none" | "seeded"): void {
    const prng = keep === "seeded" ? this.prng : null;
    this.powerLossCount++;
    this.deviceBusyUntilUs = 0;
    this.tree.losePower(prng);
    for (const file of this.dirty) file.losePower(prng);
    this.dirty.clear();
    const files = this.tree.files();
    this.contentBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  private link(place: Place, node: DiskNode): void {
    this.tree.change([{ ...place, node }], this.nowMs());
  }

  private resized(file: FileNode, change: () => void): void {
    const sizeBeforeBytes = file.sizeBytes;
    change();
    this.contentBytes += file.sizeBytes - sizeBeforeBytes;
    file.modifiedMs = this.nowMs();
    if (file.unsyncedCount > 0) this.dirty.add(file);
  }

  private freeUnused(node: DiskNode): void {
    if (node instanceof FileNode && node.linkCount === 0 && node.handleCount === 0) {
      this.contentBytes -= node.sizeBytes;
    }
  }

  private checkRename(node: DiskNode, target: Place, from: string, to: string): void {
    if (node instanceof DirectoryNode) {
      if (`${to}/`.startsWith(`${from}/`)) throw failure("io", "a directory cannot move into itself", to);
      if (target.node === undefined) return;
      if (!(target.node instanceof DirectoryNode)) throw failure("exists", "a file stands there", to);
      if (target.node.entries.size > 0) throw failure("not-empty", "the directory there is not empty", to);
    } else if (target.node instanceof DirectoryNode) {
      throw failure("is-directory", "a directory stands there", to);
    }
  }
}

/** `path` as seen from `directory`, absolute and without `.` and `..`. */
export function joinPath(directory: string, path: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function failure(kind: PlatformErrorKind, what: string, path: string): PlatformError {
  return new PlatformError(kind, `${what}: ${path}`);
}
