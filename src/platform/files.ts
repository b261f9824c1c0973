/**
 * Files. Writing hands bytes to the operating system and is synchronous, since that is cheap; making them durable is
 * not, and is asynchronous. Paths are the system's own; relative ones start at the working directory.
 * Every method throws (or rejects with) `PlatformError`.
 */

/**
 * `read`: must exist. `append`: created when missing, every write goes to the end. `write`: created when missing,
 * keeps the content. `create`: created or emptied. All but `read` can be read as well.
 */
export type OpenMode = "read" | "append" | "write" | "create";

export interface FileStat {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface FileHandle {
  /** Appends all of `bytes` at the end of the file. */
  append(bytes: Uint8Array): void;
  /** Writes all of `bytes` at `position`; not for a handle opened with `append`. */
  writeAt(bytes: Uint8Array, position: number): void;
  /** Fills `into` from `position` on. @returns bytes read, fewer than asked for only at the end of the file. */
  readAt(into: Uint8Array, position: number): number;
  truncate(sizeBytes: number): void;
  size(): number;
  /** Resolves when everything written before the call survives a loss of power (fdatasync). */
  sync(): Promise<void>;
  close(): void;
}

export interface Files {
  open(path: string, mode: OpenMode): FileHandle;
  /** The whole file, for small ones such as a configuration. */
  readFile(path: string): Uint8Array;
  /** Atomic replacement within one file system. Durable only after `syncDirectory`. */
  rename(from: string, to: string): void;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  remove(path: string): void;
  /** Names (not paths) in a directory, sorted by code unit. */
  list(path: string): string[];
  /** Null when nothing is there. */
  stat(path: string): FileStat | null;
  /** Creates a directory; an existing one is no error. The parent must exist. */
  makeDirectory(path: string): void;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
}
