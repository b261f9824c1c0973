/**
 * What `npm start` and `npm test` share. Plain JavaScript for Node 20 without a single package, because it runs in a
 * fresh clone before anything is installed.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The user's own Node. Inside an npm script `node` means node_modules/.bin/node once the dev dependency of that name
 * (a newer Node, for the tests) is installed; npm says in `npm_node_execpath` which one runs npm itself.
 */
export const userNode = process.env.npm_node_execpath ?? process.execPath;

/** The JavaScript behind a command of an installed package, so that `userNode` runs it and not a launcher's choice. */
export function packageBin(packageName, command) {
  const folder = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[command]);
}

/** Runs a command in the repository. Resolves to its exit code and, unless `stdio` hands it through, its output. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.on("message", (message) => options.onMessage?.(message));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Installs what package-lock.json says, unless node_modules has exactly that already. */
export async function installIfNeeded() {
  if (isInstalled()) return;
  console.log("Installing packages (first run, or package-lock.json changed) ...");
  const npm = process.env.npm_execpath;
  // Not `npm ci`: that refuses a lock file that lacks an optional package of some other platform. Versions and
  // checksums come from the lock file all the same, and --no-save leaves it as it is.
  const args = ["install", "--no-save", "--no-audit", "--no-fund"];
  const inherit = { stdio: ["ignore", "inherit", "inherit"] };
  const { code } = npm ? await run(userNode, [npm, ...args], inherit) : await run("npm", args, inherit);
  if (code !== 0) {
    console.error(`npm install failed with exit code ${code}`);
    process.exit(code);
  }
}

/** npm leaves what it installed in node_modules/.package-lock.json, in the form of the lock file itself. */
function isInstalled() {
  const installedPath = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  const missing = Object.entries(wanted).some(([path, { version, integrity, optional }]) => {
    if (path === "") return false;
    const found = installed[path];
    if (found === undefined) return !optional; // An optional one is left out where it does not fit the machine.
    return found.version !== version || found.integrity !== integrity;
  });
  const superfluous = Object.entries(installed).some(([path, { optional }]) => !(path in wanted) && !optional);
  return !missing && !superfluous;
}
