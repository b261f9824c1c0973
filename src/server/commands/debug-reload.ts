/** DEBUG RELOAD: the dataset through its own RDB, in memory and in one go, as tests want it. */

import { REDIS_VERSION } from "../../commands/connection/hello.ts";
import type { Context } from "../../commands/context.ts";
import { LOAD_DONE, LOAD_HUNGRY, LOAD_MORE, type LoadOptions, RdbLoader } from "../../persistence/rdb-loader.ts";
import { RdbWriter } from "../../persistence/rdb-writer.ts";
import { HandleList } from "../../structures/handle-list.ts";
import type { Server } from "../server.ts";

const OPTIONS = ["MERGE", "NOFLUSH", "NOSAVE"];
const WRONG_OPTION = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
const CANNOT_LOAD = "ERR Error trying to load the RDB dump";
const SECOND_MS = 1000;
const STEP_KEYS = 1024;

export function debugReload(context: Context, server: Server): void {
  const options: string[] = [];
  for (let index = 2; index < context.argc; index++) options.push(context.text(index).toUpperCase());
  if (options.some((option) => !OPTIONS.includes(option))) {
    context.fail(WRONG_OPTION);
    return;
  }
  // There is no file that could be there from before.
  const error = options.includes("NOSAVE")
    ? "there is no RDB file"
    : reload(context, server, { flushes: !options.includes("NOFLUSH"), merges: options.includes("MERGE") });
  if (error === null) {
    server.log.warning("DB reloaded by DEBUG RELOAD");
    context.reply.ok();
  } else {
    server.log.warning(`DEBUG RELOAD: ${error}`);
    context.fail(CANNOT_LOAD);
  }
}

/** @returns what was wrong, or null. */
function reload(
  { keyspace }: Context,
  server: Server,
  { flushes, merges }: { readonly flushes: boolean; readonly merges: boolean },
): string | null {
  const writer = writeAll(server);
  if (flushes) for (const database of keyspace.databases) keyspace.flush(database);
  const checks = server.rdb.checksFiles && !server.rdb.skipsChecksums;
  const error = load(server, writer.pieces, { replaces: merges, dropsExpired: true, checks });
  writer.release();
  return error;
}

/** A whole RDB. It needs no snapshot, since nothing comes in between. */
function writeAll({ keyspace, rdb, usedMemoryBytes }: Server): RdbWriter {
  const createdSeconds = Math.floor(keyspace.nowMs / SECOND_MS);
  const writer = new RdbWriter(keyspace, rdb, { redisVersion: REDIS_VERSION, createdSeconds, usedMemoryBytes });
  const batch = new HandleList();
  for (const { index, table } of keyspace.databases) {
    let cursor = 0;
    do {
      batch.clear();
      cursor = table.scan(cursor, batch);
      for (let at = 0; at < batch.length; at++) writer.whole(index, batch.items[at]);
    } while (cursor !== 0);
  }
  writer.end();
  while (writer.checksum(Number.POSITIVE_INFINITY));
  writer.complete();
  return writer;
}

function load({ keyspace }: Server, pieces: readonly Uint8Array[], options: LoadOptions): string | null {
  const loader = new RdbLoader(keyspace, options);
  let state: number = LOAD_HUNGRY;
  for (let next = 0; state === LOAD_HUNGRY; next++) {
    if (next < pieces.length) loader.append(pieces[next], 0, pieces[next].length);
    else loader.complete();
    do state = loader.step(STEP_KEYS);
    while (state === LOAD_MORE);
  }
  return state === LOAD_DONE ? null : loader.error;
}
