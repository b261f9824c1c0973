/** The files of one incarnation of a host, over the host's disk. */
import { assert } from "../../src/base/assert.ts";
import { type FileHandle, type FileStat, type Files, type OpenMode, PlatformError } from "../../src/platform/index.ts";
import { DirectoryNode } from "./directory_tree.ts";
import { joinPath, type SimDisk } from "./disk.ts";
import { FileNode } from "./file_node.ts";
import { HostEvent, type Incarnation, worldEvent } from "./incarnation.ts";

/** Lets the device work on a sync; what it does on the platter does not depend on the process being alive. */
function runSync(owner: Incarnation, makeDurable: () => void): Promise<void> {
  const { host, loop } = owner;
  const { disk } = host;
  const { powerLossCount } = disk;
  return new Promise((resolve, reject) => {
    const finish = () => {
      if (disk.powerLossCount !== powerLossCount) return;
      const { syncError } = disk;
      if (syncError === null) makeDurable();
      const report = new HostEvent(owner, () => {
        owner.note("sync", syncError === null ? 0 : 1);
        if (syncError === null) resolve();
        else reject(new PlatformError(syncError, "the simulated disk fails syncs"));
      });
      loop.schedule(report, 0);
    };
    loop.scheduleAt(worldEvent(finish), disk.bookSync(loop.nowUs));
  });
}

class SimFileHandle implements FileHandle {
  private readonly owner: Incarnation;
  private readonly file: FileNode;
  private readonly mode: OpenMode;
  private isOpen = true;

  constructor(owner: Incarnation, file: FileNode, mode: OpenMode) {
    this.owner = owner;
    this.file = file;
    this.mode = mode;
    file.handleCount++;
    owner.openFiles.add(this);
  }

  append(bytes: Uint8Array): void {
    this.write(bytes, this.file.sizeBytes);
  }

  writeAt(bytes: Uint8Array, position: number): void {
    if (this.mode === "append") throw new PlatformError("unsupported", "the file is open for appending only");
    assert(Number.isSafeInteger(position) && position >= 0, "a position in a file is a whole number, not negative");
    this.write(bytes, position);
  }

  readAt(into: Uint8Array, position: number): number {
    this.requireOpen();
    assert(Number.isSafeInteger(position) && position >= 0, "a position in a file is a whole number, not negative");
    return this.file.read(into, position);
  }

  truncate(sizeBytes: number): void {
    this.requireWritable();
    assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, "a file's size is a whole number, not negative");
    this.owner.note("file", sizeBytes);
    this.owner.host.disk.truncate(this.file, sizeBytes);
  }

  size(): number {
    this.requireOpen();
    return this.file.sizeBytes;
  }

  async sync(): Promise<void> {
    this.requireOpen();
    return runSync(this.owner, this.owner.host.disk.beginFileSync(this.file));
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (this.owner.openFiles.delete(this)) this.release();
  }

  /** The kernel's half of closing. */
  release(): void {
    this.owner.host.disk.handleClosed(this.file);
  }

  private write(bytes: Uint8Array, position: number): void {
    this.requireWritable();
    this.owner.note("file", position);
    this.owner.loop.trace.bytes(bytes);
    this.owner.host.disk.write(this.file, bytes, position);
  }

  private requireOpen(): void {
    requireAlive(this.owner);
    if (!this.isOpen) throw new PlatformError("closed", "the file has been closed");
  }

  private requireWritable(): void {
    this.requireOpen();
    if (this.mode === "read") throw new PlatformError("permission", "the file is open for reading only");
  }
}

export class SimFiles implements Files {
  private readonly owner: Incarnation;
  private readonly disk: SimDisk;
  private readonly workingDirectory: () => string;

  constructor(owner: Incarnation, workingDirectory: () => string) {
    this.owner = owner;
    this.disk = owner.host.disk;
    this.workingDirectory = workingDirectory;
  }

  open(path: string, mode: OpenMode): FileHandle {
    const place = this.disk.find(this.enter(path));
    const { node } = place;
    if (node instanceof DirectoryNode) throw new PlatformError("is-directory", `a directory: ${path}`);
    if (node === undefined && mode === "read") throw new PlatformError("not-found", `no such file: ${path}`);
    if (node !== undefined && !(node instanceof FileNode)) throw new PlatformError("io", `not a file: ${path}`);
    const file = node ?? this.disk.createFile(place);
    const handle = new SimFileHandle(this.owner, file, mode);
    if (mode === "create") handle.truncate(0);
    return handle;
  }

  readFile(path: string): Uint8Array {
    const handle = this.open(path, "read");
    const content = new Uint8Array(handle.size());
    handle.readAt(content, 0);
    handle.close();
    return content;
  }

  rename(from: string, to: string): void {
    this.disk.rename(this.enter(from), this.enter(to));
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.disk.requireDirectory(this.enter(path));
    return runSync(this.owner, this.disk.beginDirectorySync(directory));
  }

  remove(path: string): void {
    this.disk.remove(this.enter(path));
  }

  list(path: string): string[] {
    // The default order of sort is by code unit.
    return [...this.disk.requireDirectory(this.enter(path)).entries.keys()].sort();
  }

  stat(path: string): FileStat | null {
    const node = this.nodeAt(this.enter(path));
    if (node === undefined) return null;
    const sizeBytes = node instanceof FileNode ? node.sizeBytes : 0;
    return { kind: node.kind === "socket" ? "other" : node.kind, sizeBytes, modifiedMs: node.modifiedMs };
  }

  makeDirectory(path: string): void {
    this.disk.makeDirectory(this.enter(path));
  }

  removeDirectory(path: string): void {
    this.disk.removeDirectory(this.enter(path));
  }

  /** Every call passes here: the absolute path, on the record. */
  private enter(path: string): string {
    requireAlive(this.owner);
    if (path === "") throw new PlatformError("not-found", "an empty path names nothing");
    const absolute = joinPath(this.workingDirectory(), path);
    this.owner.note("file", absolute.length);
    this.owner.loop.trace.text(absolute);
    return absolute;
  }

  private nodeAt(absolute: string) {
    try {
      return this.disk.find(absolute).node;
    } catch (error) {
      if (error instanceof PlatformError && error.kind === "not-found") return undefined;
      throw error;
    }
  }
}

/** Code of a dead process that still unwinds must not touch the disk. */
function requireAlive(owner: Incarnation): void {
  if (!owner.isAlive) throw new PlatformError("closed", "the process is gone");
}
