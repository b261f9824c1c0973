/** One parameter: a row of the table. Everything that is known of it stands here; CONFIG and the docs derive from it. */
import type { Kind } from "./kind.ts";

/** Traits by the names that Redis has for them. */
export interface Traits {
  /** An older name, as good as the first. */
  readonly alias?: string;
  /** Not changed by CONFIG SET: the value of the start stays. */
  readonly immutable?: true;
  /** CONFIG SET takes it only as far as `enable-protected-configs` lets it. */
  readonly isProtected?: true;
  /** CONFIG SET refuses it while a data set is loaded. */
  readonly denyLoading?: true;
  /** What was given must not be shown in logs. */
  readonly sensitive?: true;
  /** Not found by patterns of CONFIG GET, only by its name. */
  readonly hidden?: true;
  /** Of interest when a crash is looked into. */
  readonly debug?: true;
  /** To set it to the value it has is a change all the same: the file behind it may be another. */
  readonly volatile?: true;
}

/** What setting it does: something, or nothing beyond being kept, reported and written back. */
export type Effect = "used" | "accepted";

export interface Note {
  readonly effect: Effect;
  /** What it does here, or why it does nothing. */
  readonly about: string;
}

export interface Parameter<N extends string = string, S = unknown, V = unknown> {
  readonly name: N;
  readonly kind: Kind<S, V>;
  /** The default, as it is kept. */
  readonly standard: S;
  readonly note: Note;
  readonly traits: Traits;
}

export function parameter<const N extends string, S, V>(
  name: N,
  kind: Kind<S, V>,
  standard: NoInfer<S>,
  note: Note,
  traits: Traits = {},
): Parameter<N, S, V> {
  return { name, kind, standard, note, traits };
}

export function used(about: string): Note {
  return { effect: "used", about };
}

/** Does nothing here, and never will. */
export function accepted(about: string): Note {
  return { effect: "accepted", about };
}

/** Does nothing yet. @param room the part of the server that will use it. */
export function awaits(room: string, about: string): Note {
  return { effect: "accepted", about: `${about} (Waits for ${room}.)` };
}
