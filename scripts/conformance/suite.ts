/**
 * The original test suite: Redis's own, in TCL, run as it is and never copied into the project. It comes with the source
 * package of the distribution and is kept in the user's cache.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The version that the baseline was measured with. */
const VERSION = "7.0.15";
const FOLDER = `redis-${VERSION}`;
const SOURCES = "/etc/apt";
/** A machine without a network is not to be waited for. */
const NETWORK_OPTIONS = ["Acquire::Retries=1", "Acquire::http::Timeout=20", "Acquire::https::Timeout=20"];
const FETCH_LIMIT_MS = 180_000;

export class SuiteMissing extends Error {}

/**
 * An unpacked source tree.
 * @param told where the user says it is; else `REDIS_SUITE`, else the cache, else it is fetched into the cache.
 * @throws SuiteMissing with the reason.
 */
export function findSuite(told: string | undefined, mayFetch: boolean): string {
  const named = told ?? process.env.REDIS_SUITE;
  if (named !== undefined) {
    if (isSuite(named)) return resolve(named);
    throw new SuiteMissing(`no tests/test_helper.tcl under ${named}`);
  }
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "redpoll");
  const cached = join(cache, FOLDER);
  if (isSuite(cached)) return cached;
  if (!mayFetch) throw new SuiteMissing(`the source of Redis ${VERSION} is not here: npm run conformance fetches it`);
  return fetchInto(cache, cached);
}

function isSuite(folder: string): boolean {
  return existsSync(join(folder, "tests", "test_helper.tcl"));
}

/** Downloads the source package with lists of apt's of its own, so that nothing of the machine is changed. */
function fetchInto(cache: string, target: string): string {
  const work = mkdtempSync(join(tmpdir(), "redis-source-"));
  try {
    const lists = join(work, "lists");
    const archives = join(work, "cache", "archives");
    for (const folder of [lists, archives]) mkdirSync(join(folder, "partial"), { recursive: true });
    writeFileSync(join(work, "sources.list"), sourceEntries());
    const options = [
      `Dir::Etc::sourcelist=${join(work, "sources.list")}`,
      "Dir::Etc::sourceparts=-",
      `Dir::State::lists=${lists}`,
      `Dir::Cache=${join(work, "cache")}`,
      ...NETWORK_OPTIONS,
    ];
    const apt = (...args: string[]): void => {
      execFileSync("apt-get", [...options.flatMap((option) => ["-o", option]), "-qq", ...args], {
        cwd: work,
        stdio: ["ignore", "ignore", "pipe"],
        timeout: FETCH_LIMIT_MS,
      });
    };
    apt("update");
    apt("source", "--download-only", "redis");
    const archive = readdirSync(work).find((name) => name === `redis_${VERSION}.orig.tar.gz`);
    if (archive === undefined) throw new Error(`the distribution has another version than ${VERSION}`);
    execFileSync("tar", ["xzf", archive], { cwd: work });
    const unpacked = readdirSync(work).find((name) => isSuite(join(work, name)));
    if (unpacked === undefined) throw new Error("the archive holds no tests");
    mkdirSync(cache, { recursive: true });
    rmSync(target, { recursive: true, force: true });
    execFileSync("cp", ["-r", join(work, unpacked), `${target}.new`]);
    renameSync(`${target}.new`, target);
    return target;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new SuiteMissing(`the source of Redis ${VERSION} cannot be had: ${detail.trim()}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The machine's package sources, asked for source packages. Both forms of apt's lists become the one-line form. */
function sourceEntries(): string {
  const files = [join(SOURCES, "sources.list")];
  const parts = join(SOURCES, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(list|sources)$/.test(name)) : [];
  files.push(...names.map((name) => join(parts, name)));
  const entries: string[] = [];
  for (const file of files.filter(existsSync)) {
    const text = readFileSync(file, "utf8");
    if (file.endsWith(".sources")) entries.push(...fromStanzas(text));
    else entries.push(...[...text.matchAll(/^deb(?:-src)?\s+(.*)$/gm)].map(([, rest]) => `deb-src ${rest}`));
  }
  if (entries.length === 0) throw new Error("apt has no package sources here");
  return `${[...new Set(entries)].join("\n")}\n`;
}

function fromStanzas(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "mi").exec(stanza)?.[1]?.trim() ?? "";
    const signedBy = field("Signed-By");
    const options = signedBy.startsWith("/") ? `[signed-by=${signedBy}] ` : "";
    const suites = field("Suites").split(/\s+/).filter(Boolean);
    return field("URIs")
      .split(/\s+/)
      .filter(Boolean)
      .flatMap((uri) => suites.map((suite) => `deb-src ${options}${uri} ${suite} ${field("Components")}`));
  });
}

/** Helper files among the units, without tests of their own. */
const NOT_UNITS = new Set(["unit/type/list-common"]);
const UNIT_FOLDERS = ["unit", "unit/type", "unit/cluster", "integration"];

/** All units that the suite's main runner has. */
export function unitsOf(suite: string): string[] {
  return UNIT_FOLDERS.flatMap((folder) => {
    const path = join(suite, "tests", folder);
    if (!existsSync(path)) return [];
    const names = readdirSync(path).filter((name) => name.endsWith(".tcl"));
    return names.map((name) => `${folder}/${name.slice(0, -".tcl".length)}`);
  })
    .filter((unit) => !NOT_UNITS.has(unit))
    .sort();
}

/**
 * The units that are meant: exact names, globs with `*`, or a folder's name for all in it (`type`, `unit`,
 * `integration`); none means all. @throws Error for a name that fits none.
 */
export function pickUnits(units: readonly string[], wanted: readonly string[]): string[] {
  if (wanted.length === 0) return [...units];
  const picked = wanted.flatMap((want) => {
    const folder = want === "type" ? "unit/type/" : `${want}/`;
    const pattern = new RegExp(`^${want.split("*").map(escapeText).join(".*")}$`);
    const found = units.filter((unit) => pattern.test(unit) || (!want.includes("*") && unit.startsWith(folder)));
    if (found.length === 0) throw new Error(`no such unit: ${want}`);
    return found;
  });
  return [...new Set(picked)];
}

function escapeText(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
}
