/** Working directories and paths. Paths are the system's own with `/` between names; here they are byte strings. */
import type { Process } from "../../platform/index.ts";
import { byteText, ordinaryText, trimmed } from "./byte-text.ts";
import type { Directory } from "./kind.ts";
import { systemText } from "./system-text.ts";

/** The process's own, for a server that is a program. */
export function processDirectory(process: Process): Directory {
  return {
    current: () => byteText(process.workingDirectory()),
    change(path) {
      if (path === "") return "No such file or directory";
      try {
        process.changeDirectory(ordinaryText(path));
        return null;
      } catch (error) {
        return systemText(error);
      }
    },
  };
}

/** Where a path leads from a directory. */
export function pathFrom(directory: string, path: string): string {
  if (path.startsWith("/")) return path;
  return directory.endsWith("/") ? directory + path : `${directory}/${path}`;
}

/** A path as it is remembered: absolute, with `../` at its beginning worked out. */
export function absolutePath(directory: string, path: string): string {
  let rest = trimmed(path);
  if (rest.startsWith("/")) return rest;
  let from = directory.endsWith("/") ? directory : `${directory}/`;
  while (rest.startsWith("../")) {
    rest = rest.slice("../".length);
    if (from !== "/") from = from.slice(0, from.lastIndexOf("/", from.length - 2) + 1);
  }
  return from + rest;
}

/** The directory of a file's path. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf("/");
  if (at < 0) return ".";
  return at === 0 ? "/" : path.slice(0, at);
}
