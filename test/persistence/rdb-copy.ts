/** Loads an RDB into a server, in steps. */
import { expect } from "vitest";
import { LOAD_DONE, LOAD_HUNGRY, LOAD_MORE, RdbLoader } from "../../src/persistence/rdb-loader.ts";
import type { LocalServer } from "../commands/generic-server.ts";

export function loadRdb({ server }: LocalServer, pieces: readonly Uint8Array[]): void {
  const loader = new RdbLoader(server.keyspace, { replaces: false, dropsExpired: false, checks: true });
  let state: number = LOAD_HUNGRY;
  for (let next = 0; state === LOAD_HUNGRY; next++) {
    if (next < pieces.length) loader.append(pieces[next], 0, pieces[next].length);
    else loader.complete();
    do state = loader.step(1000);
    while (state === LOAD_MORE);
  }
  expect(loader.error).toBe("");
  expect(state).toBe(LOAD_DONE);
}
