/** What COMMAND says about the stream commands. Beside a real Redis: test/differential/command-*.test.ts. */
import { expect, test } from "vitest";
import { STREAM_ROWS } from "../../src/commands/stream/rows.ts";

test("the family is complete", () => {
  const names = STREAM_ROWS.flatMap((row) => [
    row.name,
    ...(row.subcommands ?? []).map((one) => `${row.name}|${one.name}`),
  ]);
  expect(names.sort()).toEqual(
    (
      "xack xadd xautoclaim xclaim xdel xgroup xgroup|create xgroup|createconsumer xgroup|delconsumer xgroup|destroy " +
      "xgroup|help xgroup|setid xinfo xinfo|consumers xinfo|groups xinfo|help xinfo|stream xlen xpending xrange " +
      "xread xreadgroup xrevrange xsetid xtrim"
    ).split(" "),
  );
  const rows = STREAM_ROWS.flatMap((row) => [row, ...(row.subcommands ?? [])]);
  for (const row of rows) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});
