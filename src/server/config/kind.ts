/**
 * A kind of parameter: how its text is read, kept, shown, handed to the server and written back to a file.
 *
 * What is kept (`S`) is exact, so that CONFIG GET shows what CONFIG SET was given; what the server works with (`V`) is
 * convenient: a number where a bigint is kept, a list where text is.
 */
import { quoted } from "./grammar.ts";

/** The working directory, which belongs to the process, or to an embedder who wants none of it changed. */
export interface Directory {
  /** Absolute, a byte string. */
  current(): string;
  /** @returns null when done, or why not, in the system's words (`No such file or directory`). */
  change(path: string): string | null;
}

/** What reading a value may depend on beyond its text. */
export interface Surroundings {
  readonly directory: Directory;
  /** Whether the directive adds to what an earlier one of the same file said (`save`). */
  readonly appends: boolean;
  readonly clusterEnabled: boolean;
  readonly unixsocket: string;
}

/** A value read, or why it cannot be. */
export type Reading<S> = { readonly stored: S } | { readonly reason: string };

/** One line of a rewritten file. One that is not forced only replaces an older line of the same name. */
export interface RewrittenLine {
  readonly text: string;
  readonly isForced: boolean;
}

export interface Kind<S, V> {
  /** What may be written, for the docs. */
  readonly form: string;
  /** Whether it takes any number of arguments and counts them itself. Others take exactly one. */
  readonly isList: boolean;
  /** @param before what is kept now. */
  read(args: readonly string[], before: S, around: Surroundings): Reading<S>;
  /** The text that CONFIG GET gives and CONFIG SET takes. */
  show(stored: S): string;
  value(stored: S): V;
  /** @returns no lines when the parameter is best left out of a file. */
  rewrite(name: string, stored: S, standard: S): readonly RewrittenLine[];
  /** What a server starts with where that is no constant. */
  initial?(around: Surroundings): S;
  /** Undoes what reading did to the world. */
  restore?(stored: S, around: Surroundings): void;
}

export function stored<S>(value: S): Reading<S> {
  return { stored: value };
}

export function refused(reason: string): { readonly reason: string } {
  return { reason };
}

export const WRONG_COUNT = "wrong number of arguments";

/** The usual line: name and value, written when it differs from the default. */
export function plainLine(name: string, text: string, isForced: boolean): readonly RewrittenLine[] {
  return [{ text: `${name} ${text}`, isForced }];
}

export function quotedLine(name: string, text: string, isForced: boolean): readonly RewrittenLine[] {
  return plainLine(name, quoted(text), isForced);
}
