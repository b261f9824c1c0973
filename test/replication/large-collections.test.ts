/** SYNC of large collections that change between the slices: RDB and stream together make the dataset. */
import { expect, test } from "vitest";
import { LocalServer } from "../commands/generic-server.ts";
import { Draw } from "../differential/draw.ts";
import { LargeWrites } from "../persistence/large-writes.ts";
import { loadRdb } from "../persistence/rdb-copy.ts";
import { listen } from "./local-replica.ts";

test.each([1, 2])("large collections, seed %i", (seed) => {
  const draw = new Draw(seed);
  const writes = new LargeWrites(draw, { elements: 600, bytes: 30 });
  const local = new LocalServer(2);
  const { rawSync, keyspace } = local.server;
  for (const words of writes.fill()) local.call(...words);
  const replica = local.connect();
  const sent = listen(local, replica);
  rawSync.start(replica.state);
  let { rdb } = sent;
  for (let slice = 0; rdb === null; slice++) {
    if (slice < 200) for (let left = draw.below(4); left > 0; left--) local.call(...writes.next());
    rawSync.step(0);
    if (slice % 10 === 9) ({ rdb } = sent);
  }
  for (let left = 50; left > 0; left--) local.call(...writes.next());
  const copy = new LocalServer(2);
  loadRdb(copy, [new Uint8Array(rdb)]);
  copy.call("SELECT", 0);
  for (const words of sent.stream) expect(copy.call(...words)).not.toHaveProperty("error");
  expect(copy.call("DEBUG", "DIGEST")).toBe(local.call("DEBUG", "DIGEST"));
  rawSync.forget(replica.state);
  expect(keyspace.snapshot).toBe(null);
  expect(rawSync.bufferBytes).toBe(0);
  local.check();
});
