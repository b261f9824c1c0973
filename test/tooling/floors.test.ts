/** The floors, each rule shown to fire on a small tree that breaks it, and the room graph that is drawn from them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readRoomEdges, renderRooms, roomsPage, withRooms } from "../../scripts/room-graph.ts";
import rooms from "../../scripts/rooms.json" with { type: "json" };
import { FixtureTree, ROOT } from "./fixture-tree.ts";

/** [rule, file, the import in it that breaks the rule, its resolved path as reported]. */
const broken: readonly (readonly [string, string, string, string])[] = [
  ["floor-0-base", "src/base/up.ts", "../keyspace/fine.ts", "src/keyspace/fine.ts"],
  ["floor-1-memory", "src/memory/sibling.ts", "../protocol/fine.ts", "src/protocol/fine.ts"],
  ["floor-5-engine", "src/engine/sibling.ts", "../scripting/fine.ts", "src/scripting/fine.ts"],
  ["floor-9-server", "src/server/up.ts", "../http/fine.ts", "src/http/fine.ts"],
  ["room-unknown", "src/server/unknown.ts", "../attic/fine.ts", "src/attic/fine.ts"],
  ["core-below-runtime", "src/server/runtime.ts", "../../runtime/node/fine.ts", "runtime/node/fine.ts"],
  ["core-below-runtime", "src/server/test.ts", "../../test/fine.ts", "test/fine.ts"],
  ["core-below-runtime", "src/server/door.ts", "../../mod.ts", "mod.ts"],
  ["core-without-builtins", "src/server/builtin.ts", "node:fs", "fs"],
  ["core-without-packages", "src/server/package.ts", "fast-check", "node_modules/fast-check"],
  ["only-@noble/hashes", "src/base/sha1.ts", "fast-check", "node_modules/fast-check"],
  ["adapter-on-the-seam", "runtime/node/server.ts", "../../src/server/fine.ts", "src/server/fine.ts"],
  ["adapter-on-the-seam", "runtime/node/door.ts", "../../mod.ts", "mod.ts"],
  ["main-is-thin", "runtime/node/main.ts", "../../src/keyspace/fine.ts", "src/keyspace/fine.ts"],
  ["adapter-apart", "runtime/deno/net.ts", "../node/fine.ts", "runtime/node/fine.ts"],
  ["adapter-without-tests", "runtime/node/test.ts", "../../test/fine.ts", "test/fine.ts"],
  ["nothing-missing", "src/base/missing.ts", "./absent.ts", "./absent.ts"],
];

const fine = ["base", "protocol", "keyspace", "scripting", "server", "http", "attic"].map(
  (room) => `src/${room}/fine.ts`,
);
const tree = new FixtureTree(
  {
    ...Object.fromEntries(
      [...fine, "runtime/node/fine.ts", "test/fine.ts"].map((file) => [file, "export type Fine = 1;\n"]),
    ),
    "mod.ts": `import type { Fine } from "#runtime";\nexport type { Fine };\n`,
    "package.json": `{ "imports": { "#runtime": { "bun": "./absent.ts", "default": "./runtime/node/fine.ts" } } }`,
    // An import of types alone, so that every case also shows that those count.
    ...Object.fromEntries(
      broken.map(([, file, to]) => [file, `import type { Fine } from "${to}";\nexport type F = Fine;\n`]),
    ),
    "src/engine/down.ts": `import type { Fine } from "../base/fine.ts";\nexport type F = Fine;\n`,
    "src/keyspace/one.ts": `import { two } from "./two.ts";\nexport const one = two;\n`,
    "src/keyspace/two.ts": `import { one } from "./one.ts";\nexport const two = () => one;\n`,
    "src/keyspace/owner.ts": `import { part } from "./part.ts";\nexport type Owner = typeof part;\n`,
    "src/keyspace/part.ts": `import type { Owner } from "./owner.ts";\nexport const part = (owner: Owner) => owner;\n`,
  },
  [".dependency-cruiser.cjs", "scripts/rooms.json"],
);
afterAll(() => tree.remove());
const { output } = tree.run(
  "dependency-cruiser/bin/dependency-cruise.mjs",
  ...["--output-type", "json", "src", "runtime", "test", "mod.ts"],
);
const { violations } = JSON.parse(output).summary as {
  violations: { from: string; to: string; rule: { name: string } }[];
};

test.each(broken)("%s: %s", (rule, file, _specifier, target) => {
  const found = violations.find(({ from, rule: { name } }) => from === file && name === rule);
  expect(found?.to).toContain(target);
});

test("no-circle: of files that run each other, not of a part that knows its owner's type", () => {
  expect(violations.filter(({ rule }) => rule.name === "no-circle").map(({ from }) => from)).toEqual([
    "src/keyspace/one.ts",
  ]);
});

test("an import downwards and #runtime at the door are fine", () => {
  expect(violations.filter(({ from }) => from === "src/engine/down.ts" || from === "mod.ts")).toEqual([]);
});

test("every folder of src/ has a floor", () => {
  const known = new Set(rooms.map(({ room }) => room));
  expect(readdirSync(join(ROOT, "src")).filter((name) => !known.has(name))).toEqual([]);
});

test("the room graph shows who imports whom, from the door down", async () => {
  const section = renderRooms(await readRoomEdges(tree.path));
  expect(section).toContain("| 12 | `mod.ts` |");
  expect(section).toMatch(/\| 5 \| `src\/engine` \| [^|]+ \| `scripting`, `base` \|/);
  expect(section.indexOf("`src/server`")).toBeLessThan(section.indexOf("`src/base`"));
  const page = withRooms("a\n<!-- rooms:begin -->\nold\n<!-- rooms:end -->\nb\n", section);
  expect(page).toBe(`a\n<!-- rooms:begin -->\n${section}\n<!-- rooms:end -->\nb\n`);
  expect(() => withRooms("no markers", section)).toThrow("needs the markers");
});

test("ARCHITECTURE.md shows the rooms as they are (npm run rooms writes it)", async () => {
  const { actual, expected } = await roomsPage();
  expect(actual).toBe(expected);
});
