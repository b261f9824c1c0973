/** Node's program sets V8's flags itself, since npm starts it as it is; on Deno only the command line can. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DENO_V8_FLAGS } from "../../scripts/bench/servers.ts";
import { ROOT } from "./fixture-tree.ts";

test("deno task start runs with the flags for V8 that Node's program sets", () => {
  const source = readFileSync(join(ROOT, "runtime", "node", "v8_flags.ts"), "utf8");
  const flags = Array.from(source.matchAll(/setFlagsFromString\("([^"]+)"\)/g), ([, flag]) => flag);
  expect(flags).not.toEqual([]);
  expect(DENO_V8_FLAGS).toBe(`--v8-flags=${flags.join(",")}`);
});
