/** The files that a path with wildcards finds, for `include conf.d/*.conf`. */
import { globMatches } from "../../base/glob.ts";
import { type Files, PlatformError } from "../../platform/index.ts";
import { bytesOfText, byteText, ordinaryText } from "./byte-text.ts";
import { pathFrom } from "./directory.ts";

export function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Paths that match, sorted, in the form of the pattern: relative when it is. A wildcard does not match `/`, nor a dot
 * at the beginning of a name. What cannot be listed holds nothing.
 */
export function filesMatching(files: Files, directory: string, pattern: string): string[] {
  const isAbsolute = pattern.startsWith("/");
  let found = [isAbsolute ? "/" : ""];
  const names = pattern.split("/").filter((name) => name !== "");
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    found = found.flatMap((parent) =>
      namesIn(files, pathFrom(directory, parent), name).map((each) => parent + each + (isLast ? "" : "/")),
    );
  }
  return found.sort();
}

function namesIn(files: Files, path: string, name: string): string[] {
  try {
    if (!hasWildcards(name)) {
      const isThere = files.stat(ordinaryText(pathFrom(path, name))) !== null;
      return isThere ? [name] : [];
    }
    return files
      .list(ordinaryText(path))
      .map(byteText)
      .filter((each) => matchesName(name, each));
  } catch (error) {
    if (error instanceof PlatformError) return [];
    throw error;
  }
}

function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  // A shell negates a class by `!` as well.
  const bytes = bytesOfText(pattern.replace(/\[!/g, "[^"));
  return globMatches(bytes, 0, bytes.length, bytesOfText(name), 0, name.length, false);
}
