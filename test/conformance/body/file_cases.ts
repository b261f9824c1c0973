/** Files and directories. */
import type { FileHandle, Files } from "../../../src/platform/index.ts";
import { check, equal, isKind, throwsKind } from "./assert.ts";
import type { ConformanceCase, Environment } from "./environment.ts";
import { checkPattern, patternBytes } from "./pattern.ts";
import { ascii } from "./peer.ts";

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function put(files: Files, path: string, content: string): void {
  const file = files.open(path, "create");
  file.append(ascii(content));
  file.close();
}

function contentOf(files: Files, path: string): string {
  return text(files.readFile(path));
}

function readAt(file: FileHandle, position: number, sizeBytes: number): string {
  const into = new Uint8Array(sizeBytes);
  return text(into.subarray(0, file.readAt(into, position)));
}

async function appends(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/log`;
  const file = files.open(path, "append");
  equal(file.size(), 0, "size of a new file");
  file.append(ascii("one "));
  file.append(ascii("two "));
  file.append(new Uint8Array(0));
  equal(file.size(), 8, "size after appending");
  equal(readAt(file, 4, 4), "two ", "what was appended, through the same handle");
  throwsKind("writeAt on a file opened for appending", () => file.writeAt(ascii("x"), 0), "unsupported");
  const other = files.open(path, "append");
  other.append(ascii("three "));
  file.append(ascii("four"));
  other.close();
  file.close();
  equal(contentOf(files, path), "one two three four", "appends of two handles");
  const again = files.open(path, "append");
  again.append(ascii("!"));
  again.close();
  equal(contentOf(files, path), "one two three four!", "an append to a file that was there");
}

async function opensByMode(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/file`;
  throwsKind("read of a missing file", () => files.open(path, "read"), "not-found");
  const created = files.open(path, "create");
  created.append(ascii("0123456789"));
  equal(readAt(created, 0, 10), "0123456789", "a created file can be read");
  created.close();
  const kept = files.open(path, "write");
  equal(kept.size(), 10, "write keeps the content");
  kept.writeAt(ascii("AB"), 3);
  kept.append(ascii("xyz"));
  kept.writeAt(ascii("!"), 15);
  kept.close();
  const read = files.open(path, "read");
  equal(readAt(read, 0, 100), "012AB56789xyz\0\0!", "content after writes in the middle and past the end");
  equal(readAt(read, 11, 3), "yz\0", "a positioned read");
  equal(readAt(read, 14, 10), "\0!", "a read across the end");
  equal(readAt(read, 16, 10), "", "a read at the end");
  equal(readAt(read, 1000, 10), "", "a read past the end");
  read.close();
  const emptied = files.open(path, "create");
  equal(emptied.size(), 0, "create empties");
  emptied.close();
  const written = files.open(`${env.directory}/new`, "write");
  written.writeAt(ascii("new"), 0);
  written.close();
  equal(contentOf(files, `${env.directory}/new`), "new", "write creates");
  throwsKind("writing a directory", () => files.open(env.directory, "write"), "is-directory");
  throwsKind("a missing parent", () => files.open(`${env.directory}/no/file`, "create"), "not-found");
  throwsKind("a parent that is a file", () => files.open(`${path}/file`, "create"), "not-found");
}

async function truncates(env: Environment): Promise<void> {
  const { files } = env.platform;
  const file = files.open(`${env.directory}/file`, "create");
  file.append(ascii("0123456789"));
  file.truncate(4);
  equal(file.size(), 4, "size after shrinking");
  file.append(ascii("ab"));
  equal(readAt(file, 0, 10), "0123ab", "an append after shrinking");
  file.truncate(8);
  equal(readAt(file, 0, 10), "0123ab\0\0", "content after growing");
  file.close();
  const log = files.open(`${env.directory}/file`, "append");
  log.truncate(2);
  log.append(ascii("Z"));
  equal(readAt(log, 0, 10), "01Z", "an appending handle after shrinking");
  log.close();
}

async function writesLargeFiles(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/large`;
  const sizeBytes = 24_000_000;
  const file = files.open(path, "append");
  file.append(patternBytes(sizeBytes));
  await env.settle(file.sync());
  file.close();
  equal(files.stat(path)?.sizeBytes, sizeBytes, "size");
  const read = files.open(path, "read");
  const into = new Uint8Array(sizeBytes + 10);
  equal(read.readAt(into, 0), sizeBytes, "bytes read");
  checkPattern(into, 0, sizeBytes, 0, 11);
  equal(read.readAt(into.subarray(5, 1005), 1_000_000), 1000, "bytes read into a part of a buffer");
  checkPattern(into, 5, 1005, 1_000_000);
  read.close();
  files.remove(path);
}

async function syncs(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/log`;
  const file = files.open(path, "append");
  file.append(ascii("one"));
  await env.settle(file.sync());
  let settledWithinCall = true;
  file.append(ascii("two"));
  const both = [file.sync(), file.sync()];
  const flag = both[0].then(() => {
    check(!settledWithinCall, "sync is asynchronous");
  });
  settledWithinCall = false;
  file.append(ascii("three"));
  // Closing does not take the file from a sync that is on its way.
  file.close();
  await env.settle(Promise.all([...both, flag]));
  equal(contentOf(files, path), "onetwothree", "content");
  await env.settle(files.syncDirectory(env.directory));
  const missing = files.syncDirectory(`${env.directory}/no`).then(
    () => null,
    (error: unknown) => error,
  );
  isKind(await env.settle(missing), "syncing a missing directory", "not-found");
}

async function refusesClosedHandles(env: Environment): Promise<void> {
  const { files } = env.platform;
  const file = files.open(`${env.directory}/file`, "create");
  file.close();
  file.close();
  throwsKind("append", () => file.append(ascii("x")), "closed");
  throwsKind("writeAt", () => file.writeAt(ascii("x"), 0), "closed");
  throwsKind("readAt", () => file.readAt(new Uint8Array(1), 0), "closed");
  throwsKind("truncate", () => file.truncate(0), "closed");
  throwsKind("size", () => file.size(), "closed");
  const synced = file.sync().then(
    () => null,
    (error: unknown) => error,
  );
  isKind(await env.settle(synced), "sync", "closed");
}

async function renames(env: Environment): Promise<void> {
  const { files } = env.platform;
  const [a, b] = [`${env.directory}/a`, `${env.directory}/b`];
  put(files, a, "new");
  put(files, b, "old");
  const open = files.open(b, "read");
  files.rename(a, b);
  equal(files.stat(a), null, "the old name");
  equal(contentOf(files, b), "new", "the new name");
  equal(readAt(open, 0, 10), "old", "an open handle keeps what it had");
  open.close();
  throwsKind("renaming what is not there", () => files.rename(a, b), "not-found");
  equal(contentOf(files, b), "new", "the target of a rename that failed");
  files.makeDirectory(`${env.directory}/d`);
  files.rename(b, `${env.directory}/d/c`);
  equal(contentOf(files, `${env.directory}/d/c`), "new", "a file moved to another directory");
  files.rename(`${env.directory}/d`, `${env.directory}/e`);
  equal(contentOf(files, `${env.directory}/e/c`), "new", "a file in a renamed directory");
  await env.settle(files.syncDirectory(env.directory));
}

async function removes(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/file`;
  put(files, path, "content");
  const open = files.open(path, "read");
  files.remove(path);
  equal(files.stat(path), null, "a removed file");
  equal(readAt(open, 0, 10), "content", "an open handle of a removed file");
  open.close();
  throwsKind("removing what is not there", () => files.remove(path), "not-found");
  files.makeDirectory(`${env.directory}/d`);
  throwsKind("removing a directory as a file", () => files.remove(`${env.directory}/d`), "is-directory", "permission");
  equal(files.stat(`${env.directory}/d`)?.kind, "directory", "the directory afterwards");
}

async function keepsDirectories(env: Environment): Promise<void> {
  const { files } = env.platform;
  const directory = `${env.directory}/d`;
  files.makeDirectory(directory);
  files.makeDirectory(directory);
  equal(files.list(directory), [], "a new directory");
  for (const name of ["b", "a", "B", "10", "9", "é", "a b"]) put(files, `${directory}/${name}`, name);
  files.makeDirectory(`${directory}/sub`);
  equal(files.list(directory), ["10", "9", "B", "a", "a b", "b", "sub", "é"], "names, sorted by code unit");
  throwsKind("a directory that is not empty", () => files.removeDirectory(directory), "not-empty");
  throwsKind("a directory where a file is", () => files.makeDirectory(`${directory}/a`), "exists");
  throwsKind("a missing parent", () => files.makeDirectory(`${env.directory}/no/d`), "not-found");
  throwsKind("listing what is not there", () => files.list(`${env.directory}/no`), "not-found");
  throwsKind("removing what is not there", () => files.removeDirectory(`${env.directory}/no`), "not-found");
  files.removeDirectory(`${directory}/sub`);
  for (const name of files.list(directory)) files.remove(`${directory}/${name}`);
  files.removeDirectory(directory);
  equal(files.stat(directory), null, "a removed directory");
}

async function stats(env: Environment): Promise<void> {
  const { files, clock } = env.platform;
  const path = `${env.directory}/file`;
  equal(files.stat(path), null, "nothing there");
  equal(files.stat(`${env.directory}/no/file`), null, "nothing there, not even the parent");
  const beforeMs = clock.wallMs();
  put(files, path, "12345");
  const afterMs = clock.wallMs();
  const found = files.stat(path);
  check(found !== null, "the file is there");
  equal(found.kind, "file", "kind of a file");
  equal(found.sizeBytes, 5, "size of a file");
  const isNow = found.modifiedMs > beforeMs - 2000 && found.modifiedMs < afterMs + 2000;
  check(isNow, `modified ${found.modifiedMs}, the clock said ${beforeMs} to ${afterMs}`);
  equal(files.stat(env.directory)?.kind, "directory", "kind of a directory");
}

async function readsWhole(env: Environment): Promise<void> {
  const { files } = env.platform;
  const path = `${env.directory}/file`;
  const bytes = new Uint8Array(100_000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) >> 3;
  const file = files.open(path, "create");
  file.append(bytes);
  file.close();
  const read = files.readFile(path);
  equal(read.length, bytes.length, "size");
  check(
    read.every((byte, i) => byte === bytes[i]),
    "content",
  );
  const copy = read.slice(0, 1);
  read[0] ^= 255;
  equal(copy[0], bytes[0], "what was sliced off is a copy");
  put(files, path, "");
  equal(files.readFile(path).length, 0, "an empty file");
  throwsKind("a missing file", () => files.readFile(`${env.directory}/no`), "not-found");
  throwsKind("a directory", () => files.readFile(env.directory), "is-directory");
}

async function reportsFullDisks(env: Environment): Promise<void> {
  const { files } = env.platform;
  if (files.stat("/dev/full") === null) return;
  const file = files.open("/dev/full", "write");
  throwsKind("a write to a full disk", () => file.writeAt(ascii("x"), 0), "no-space");
  throwsKind("an append to a full disk", () => file.append(ascii("x")), "no-space");
  file.close();
}

export const fileCases: readonly ConformanceCase[] = [
  { name: "files: append", run: appends },
  { name: "files: open modes, positioned reads and writes", run: opensByMode },
  { name: "files: truncate", run: truncates },
  { name: "files: 24 MB in one append", run: writesLargeFiles },
  { name: "files: sync of files and directories", run: syncs },
  { name: "files: a closed handle refuses", run: refusesClosedHandles },
  { name: "files: rename", run: renames },
  { name: "files: remove", run: removes },
  { name: "files: directories", run: keepsDirectories },
  { name: "files: stat", run: stats },
  { name: "files: readFile", run: readsWhole },
  { name: "files: a full disk is reported", needs: ["realTime"], run: reportsFullDisks },
];
