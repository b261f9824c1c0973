/**
 * Files over node:fs, which all three runtimes carry.
 *
 * Writing is synchronous: it ends in the page cache, a few microseconds, and a thread hop would cost more than the
 * call. Syncing is asynchronous: it may take tens of milliseconds, on a thread of the runtime's pool. A handle that is
 * closed while a sync is on its way keeps the descriptor until the sync is done, since a number given back to the
 * system may at once name another file.
 */
import {
  close as closeLater,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  open as openLater,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { type FileHandle, type FileStat, type Files, type OpenMode, PlatformError } from "../../src/platform/index.ts";
import { toPlatformError } from "./errors.ts";

const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } = constants;

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  append: O_RDWR | O_CREAT | O_APPEND,
  write: O_RDWR | O_CREAT,
  create: O_RDWR | O_CREAT | O_TRUNC,
};

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** Runs a file system call, its error in the seam's terms. */
function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toPlatformError(error);
  }
}

/** Writes all of `bytes`; `position` null is the descriptor's own place (the end, when it appends). */
function writeFully(descriptor: number, bytes: Uint8Array, position: number | null): void {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    const written = writeSync(descriptor, bytes, done, bytes.length - done, at);
    if (written === 0) throw new PlatformError("no-space", "a write took no bytes");
    done += written;
  }
}

class NodeFileHandle implements FileHandle {
  readonly #descriptor: number;
  readonly #appends: boolean;
  #syncsRunning = 0;
  #closed = false;

  constructor(path: string, mode: OpenMode) {
    this.#descriptor = attempt(() => openSync(path, FLAGS[mode], FILE_MODE));
    this.#appends = mode === "append";
  }

  append(bytes: Uint8Array): void {
    this.#live();
    try {
      writeFully(this.#descriptor, bytes, this.#appends ? null : fstatSync(this.#descriptor).size);
    } catch (error) {
      throw toPlatformError(error);
    }
  }

  writeAt(bytes: Uint8Array, position: number): void {
    this.#live();
    if (this.#appends) throw new PlatformError("unsupported", "writeAt on a file opened for appending");
    attempt(() => writeFully(this.#descriptor, bytes, position));
  }

  readAt(into: Uint8Array, position: number): number {
    this.#live();
    return attempt(() => {
      let done = 0;
      while (done < into.length) {
        const count = readSync(this.#descriptor, into, done, into.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  truncate(sizeBytes: number): void {
    this.#live();
    attempt(() => ftruncateSync(this.#descriptor, sizeBytes));
  }

  size(): number {
    this.#live();
    return attempt(() => fstatSync(this.#descriptor).size);
  }

  sync(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    this.#syncsRunning++;
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => {
        this.#syncsRunning--;
        if (this.#closed && this.#syncsRunning === 0) closeSync(this.#descriptor);
        if (error) reject(toPlatformError(error));
        else resolve();
      });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#syncsRunning === 0) attempt(() => closeSync(this.#descriptor));
  }

  #live(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): PlatformError {
  return new PlatformError("closed", "the file is closed");
}

function kindOfStat(stats: Stats): FileStat["kind"] {
  if (stats.isFile()) return "file";
  return stats.isDirectory() ? "directory" : "other";
}

export class NodeFiles implements Files {
  open(path: string, mode: OpenMode): FileHandle {
    return new NodeFileHandle(path, mode);
  }

  readFile(path: string): Uint8Array {
    const content = attempt(() => readFileSync(path));
    // A plain view: a Buffer's `slice` would share where a Uint8Array's copies.
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  }

  rename(from: string, to: string): void {
    attempt(() => renameSync(from, to));
  }

  syncDirectory(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      openLater(path, "r", (openError, descriptor) => {
        if (openError) {
          reject(toPlatformError(openError));
          return;
        }
        fsync(descriptor, (syncError) => {
          closeLater(descriptor, () => {
            if (syncError) reject(toPlatformError(syncError));
            else resolve();
          });
        });
      });
    });
  }

  remove(path: string): void {
    // Looked at first, since Deno's unlink also takes empty directories.
    if (this.stat(path)?.kind === "directory") throw new PlatformError("is-directory", `unlink ${path}`);
    attempt(() => unlinkSync(path));
  }

  list(path: string): string[] {
    return attempt(() => readdirSync(path)).sort();
  }

  stat(path: string): FileStat | null {
    try {
      const stats = statSync(path);
      return { kind: kindOfStat(stats), sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
    } catch (error) {
      const failure = toPlatformError(error);
      if (failure.kind === "not-found") return null;
      throw failure;
    }
  }

  makeDirectory(path: string): void {
    try {
      mkdirSync(path, { mode: DIRECTORY_MODE });
    } catch (error) {
      const failure = toPlatformError(error);
      if (failure.kind !== "exists" || this.stat(path)?.kind !== "directory") throw failure;
    }
  }

  removeDirectory(path: string): void {
    attempt(() => rmdirSync(path));
  }
}
