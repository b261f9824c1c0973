/**
 * Loading: text by the grammar of `grammar.ts` into parameters and directives.
 *
 * The first line that is wrong ends it, with the message that Redis gives on standard error. A file that cannot be
 * opened is told in the log instead, as Redis does.
 */

import { REDIS_VERSION } from "../../commands/connection/hello.ts";
import { PlatformError } from "../../platform/index.ts";
import { lowerAscii, ordinaryText, textOfBytes, trimmed } from "./byte-text.ts";
import { absolutePath, pathFrom } from "./directory.ts";
import { filesMatching, hasWildcards } from "./file-glob.ts";
import { type CommandLine, splitArguments } from "./grammar.ts";
import type { ConfigHost } from "./host.ts";
import { WRONG_COUNT } from "./kind.ts";
import type { ParameterStore, Slot } from "./store.ts";
import { systemText } from "./system-text.ts";

/** A file may include files, which may include files, so deep. Redis has no bound, and overflows its stack. */
export const INCLUDE_DEPTH_MAX = 64;

/** Why the server cannot start. */
export interface LoadFailure {
  /** Where Redis says it: as it stands on standard error, or as a warning in the log. */
  readonly channel: "stderr" | "log";
  readonly text: string;
}

/** The directives that are no parameters, as they were read. All are byte strings. */
export interface Directives {
  /** From a name to a name; an empty one removes the command. */
  readonly renamedCommands: (readonly [from: string, to: string])[];
  /** What follows `user`. */
  readonly users: (readonly string[])[];
  /** Path and arguments. */
  readonly modules: (readonly string[])[];
  /** By `module.name`. */
  readonly moduleSettings: Map<string, string>;
  /** What follows `sentinel`. */
  readonly sentinel: SentinelDirective[];
}

export interface SentinelDirective {
  readonly args: readonly string[];
  readonly lineNumber: number;
  readonly line: string;
}

/** Who can say at once whether a directive is right, so that the message names its line. */
export interface DirectiveSink {
  /** Renames a command, or removes it where `to` is empty. @returns why it cannot be. */
  renameCommand?(from: string, to: string): string | null;
  /** Declares a user. @param args name and rules. @returns the argument that is wrong, and why. */
  declareUser?(args: readonly string[]): { readonly argument: string; readonly reason: string } | null;
  /** Whether this is a sentinel, which takes directives of its own. */
  readonly isSentinel?: boolean;
}

export interface LoadTarget {
  readonly host: ConfigHost;
  readonly store: ParameterStore;
  readonly directives: Directives;
  readonly sink: DirectiveSink;
}

/** Retired: taken with one argument, and ignored. */
const RETIRED = ["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"];

/** @returns the absolute path of the file, and the failure if any. */
export function load(
  target: LoadTarget,
  { file, options }: CommandLine,
  input: string | null,
): { file: string | null; failure: LoadFailure | null } {
  if (options === null) return { file: null, failure: null };
  const path = file === null ? null : absolutePath(target.host.directory.current(), file);
  return { file: path, failure: new Loader(target).run(path, input, options) };
}

class Loader {
  readonly #target: LoadTarget;
  /** Whether `save` has been met: the first one replaces the default, later ones add to it. */
  #savesSeen = false;
  /** As in Redis, what follows an include is no longer held to be a file: there each `save` replaces the one before. */
  #isReading = false;
  #depth = 0;

  constructor(target: LoadTarget) {
    this.#target = target;
  }

  run(path: string | null, input: string | null, options: string): LoadFailure | null {
    let text = "";
    if (path !== null) {
      const read = this.#readFiles(path);
      if (typeof read !== "string") return read;
      text = read;
    }
    if (input !== null) {
      this.#target.host.log("warning", "Reading config from stdin");
      text += withLineEnd(withoutNuls(input));
    }
    return this.#loadText(`${text}\n${withoutNuls(options)}`);
  }

  /** The text of a file, or of all files that a pattern finds, which may be none. */
  #readFiles(path: string): string | LoadFailure {
    const { host } = this.#target;
    const directory = host.directory.current();
    const paths = hasWildcards(path) ? filesMatching(host.files, directory, path) : [path];
    let text = "";
    for (const each of paths) {
      try {
        text += withLineEnd(withoutNuls(textOfBytes(host.files.readFile(ordinaryText(pathFrom(directory, each))))));
      } catch (error) {
        // A directory can be opened, and holds no lines.
        if (error instanceof PlatformError && error.kind === "is-directory") continue;
        return { channel: "log", text: `Fatal error, can't open config file '${each}': ${systemText(error)}` };
      }
    }
    return text;
  }

  #loadText(text: string): LoadFailure | null {
    this.#isReading = true;
    // The text ends in a line end, or in a line that has none.
    for (const [index, raw] of text.split("\n").entries()) {
      const line = trimmed(raw);
      if (line === "" || line.startsWith("#")) continue;
      const failure = this.#loadLine(line, index + 1);
      if (failure !== null) return failure;
    }
    const reason = this.#finalReason();
    if (reason !== null) return fatal(reason);
    this.#isReading = false;
    return null;
  }

  #loadLine(line: string, lineNumber: number): LoadFailure | null {
    const args = splitArguments(line);
    if (args === null) return fatal("Unbalanced quotes in configuration line", line, lineNumber);
    if (args.length === 0) return null;
    const name = lowerAscii(args[0]);
    if (name === "include" && args.length === 2) return this.#include(args[1], line, lineNumber);
    const slot = this.#target.store.find(name)?.slot;
    const reason =
      slot === undefined
        ? this.#loadDirective(name, args.slice(1), line, lineNumber)
        : this.#loadParameter(slot, args.slice(1));
    return reason === null ? null : fatal(reason, line, lineNumber);
  }

  #loadParameter(slot: Slot, args: readonly string[]): string | null {
    const { name, kind } = slot.parameter;
    if (!kind.isList && args.length !== 1) return WRONG_COUNT;
    // A list may stand in one argument, as it does when a shell has kept it together.
    const list = kind.isList && args.length === 1 && args[0] !== "" ? (splitArguments(args[0]) ?? []) : args;
    const reason = this.#target.store.assign(slot, list, this.#savesSeen && this.#isReading);
    if (reason === null && name === "save" && this.#isReading) this.#savesSeen = true;
    return reason;
  }

  #loadDirective(name: string, args: readonly string[], line: string, lineNumber: number): string | null {
    const { directives } = this.#target;
    if (RETIRED.includes(name) && args.length === 1) return null;
    if (name === "rename-command" && args.length === 2) return this.#renameCommand(args[0], args[1]);
    if (name === "user" && args.length > 0) return this.#declareUser(args);
    if (name === "loadmodule" && args.length > 0) {
      directives.modules.push(args);
      return null;
    }
    if (name.includes(".")) {
      if (args.length === 0) return "Module config specified without value";
      directives.moduleSettings.set(name, args.join(" "));
      return null;
    }
    if (name === "sentinel") return this.#sentinel(args, line, lineNumber);
    return "Bad directive or wrong number of arguments";
  }

  #renameCommand(from: string, to: string): string | null {
    const { sink, directives } = this.#target;
    const reason = sink.renameCommand?.(from, to) ?? null;
    if (reason === null) directives.renamedCommands.push([from, to]);
    return reason;
  }

  #declareUser(args: readonly string[]): string | null {
    const { sink, directives } = this.#target;
    const problem = sink.declareUser?.(args) ?? null;
    if (problem !== null) return `Error in user declaration '${problem.argument}': ${problem.reason}`;
    directives.users.push(args);
    return null;
  }

  /** Alone it only says that this is a sentinel, which the program knows by then. */
  #sentinel(args: readonly string[], line: string, lineNumber: number): string | null {
    const { sink, directives } = this.#target;
    if (args.length === 0) return null;
    if (!sink.isSentinel) return "sentinel directive while not in sentinel mode";
    directives.sentinel.push({ args, line, lineNumber });
    return null;
  }

  #include(path: string, line: string, lineNumber: number): LoadFailure | null {
    if (this.#depth === INCLUDE_DEPTH_MAX) return fatal("Too many nested includes", line, lineNumber);
    const text = this.#readFiles(path);
    if (typeof text !== "string") return text;
    this.#depth++;
    const failure = this.#loadText(text);
    this.#depth--;
    return failure;
  }

  /** What is wrong with the whole rather than with a line. */
  #finalReason(): string | null {
    const { host, store } = this.#target;
    const { logfile, clusterEnabled, replicaof } = store.values;
    if (logfile !== "") {
      try {
        host.files.open(ordinaryText(pathFrom(host.directory.current(), logfile)), "append").close();
      } catch (error) {
        return `Can't open the log file: ${systemText(error)}`;
      }
    }
    return clusterEnabled && replicaof !== null ? "replicaof directive not allowed in cluster mode" : null;
  }
}

/** What stands on standard error. Without a line, the whole is wrong rather than one of them. */
function fatal(reason: string, line?: string, lineNumber?: number): LoadFailure {
  const place = line === undefined ? "" : `Reading the configuration file, at line ${lineNumber}\n>>> '${line}'\n`;
  const text = `\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\n${place}${reason}\n`;
  return { channel: "stderr", text };
}

/** A line ends at a NUL, as C's strings do. */
function withoutNuls(text: string): string {
  return text.includes("\0") ? text.replace(/\0[^\n]*/g, "") : text;
}

/** So that the next text does not go on in the last line of this one. */
function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
