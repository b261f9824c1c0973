/**
 * The room graph of ARCHITECTURE.md, drawn from the imports as they are: which room stands on which floor and what it
 * really reaches. It stands between two markers and is generated, so that it cannot drift:
 *
 *     npm run rooms             writes it
 *     npm run rooms -- --check  says whether it is what it should be (a test asks the same)
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise } from "dependency-cruiser";
import rooms from "./rooms.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PAGE = "ARCHITECTURE.md";
const BEGIN = "<!-- rooms:begin -->";
const END = "<!-- rooms:end -->";

/** From a room (or `runtime/node`, `mod.ts`) to the rooms it imports from; a room with no file does not occur. */
export type RoomEdges = ReadonlyMap<string, ReadonlySet<string>>;

/** The room a file belongs to: `base` for src/base/text.ts, `runtime/node`, `mod.ts`; undefined for anything else. */
function roomOf(path: string): string | undefined {
  if (path === "mod.ts") return path;
  return /^(?:src\/([^/]+)|(runtime\/[^/]+))\//.exec(path)?.slice(1).find(Boolean);
}

/** Reads the imports of everything that ships. Imports of types count, as they do for the floors. */
export async function readRoomEdges(root: string = ROOT): Promise<RoomEdges> {
  const { output } = await cruise(["src", "runtime", "mod.ts"], {
    baseDir: root,
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
  });
  if (typeof output === "string") throw new Error(`expected the dependency graph as an object, got: ${output}`);
  const edges = new Map<string, Set<string>>();
  for (const { source, dependencies } of output.modules) {
    const from = roomOf(source);
    if (from === undefined) continue;
    const reached = edges.get(from) ?? new Set();
    edges.set(from, reached);
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (to !== undefined && to !== from) reached.add(to);
    }
  }
  return edges;
}

/** The section as Markdown: one row a room, from the door down to the ground, with what it imports. */
export function renderRooms(edges: RoomEdges): string {
  const doors = [...edges.keys()].filter((name) => rooms.every(({ room }) => room !== name)).sort();
  const floorOf = (name: string) => rooms.find(({ room }) => room === name)?.floor ?? (name === "mod.ts" ? 12 : 11);
  const aboutOf = (name: string) => rooms.find(({ room }) => room === name)?.about ?? doorAbout(name);
  const built = [...doors, ...rooms.map(({ room }) => room).filter((room) => edges.has(room))];
  const byFloor = (a: string, b: string) => floorOf(b) - floorOf(a) || (a < b ? -1 : 1);
  const rows = built.sort(byFloor).map((name) => {
    const reached = [...(edges.get(name) ?? [])].sort(byFloor).map((to) => `\`${to}\``);
    const shown = name.includes("/") || name.endsWith(".ts") ? name : `src/${name}`;
    return `| ${floorOf(name)} | \`${shown}\` | ${aboutOf(name)} | ${reached.join(", ") || "nothing"} |`;
  });
  return ["| floor | room | what it is | imports |", "|--:|---|---|---|", ...rows].join("\n");
}

function doorAbout(name: string): string {
  if (name === "mod.ts") return "the library's door; a server of its own when it is the program";
  if (name === "runtime/sim") return "the seam simulated: seeded network, disk and clock";
  if (name === "runtime/shared") return "what adapters share";
  return "the seam implemented, and the main program";
}

/** The page with the section between its markers replaced. */
export function withRooms(page: string, section: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${PAGE} needs the markers ${BEGIN} and ${END}, each on its own line`);
  return `${page.slice(0, begin + BEGIN.length)}\n${section}\n${page.slice(end)}`;
}

/** @returns the page as it stands and as it should stand. */
export async function roomsPage(root: string = ROOT): Promise<{ path: string; actual: string; expected: string }> {
  const path = join(root, PAGE);
  const actual = readFileSync(path, "utf8");
  return { path, actual, expected: withRooms(actual, renderRooms(await readRoomEdges(root))) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { path, actual, expected } = await roomsPage();
  if (actual === expected) {
    console.log(`${PAGE}: the room graph is as the imports are`);
  } else if (process.argv.includes("--check")) {
    console.error(`${PAGE}: the room graph is not what the imports say. Run: npm run rooms`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, expected);
    console.log(`${PAGE}: room graph written`);
  }
}
