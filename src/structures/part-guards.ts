/**
 * What a structure tells when its parts change while somebody still needs them as they are: a running snapshot
 * (`keyspace/collection-image.ts` has the rule). Parts are the members of a table and the nodes of a list. Each has an
 * epoch of eight bits; 0 is that of nobody, and of all parts made while no guard is set.
 *
 * A lens has a guard only for the length of a change of such a collection. Else it is null, and asking that is all it costs.
 */
import type { Handle } from "../memory/arena.ts";
import type { NodeRun } from "./quicklist-run.ts";

/** For members of a hash, a set, a sorted set. */
export interface MemberGuard {
  /** 1 to 255: a part that has it is new, or has been kept already. New ones get it. */
  readonly epoch: number;
  /** Takes over an entry that is out of its table, as it was: to free it is the guard's from now on. */
  keepMember(entry: Handle): void;
}

/** For nodes of a list. */
export interface NodeGuard {
  /** As of members. */
  readonly epoch: number;
  /** The content of a node is about to change. */
  changeNode(node: Handle): void;
  /**
   * A node has been taken out of its chain.
   * @param next the one that came after it, 0 for none. @returns whether the guard takes it over, else it is to be freed.
   */
  removeNode(node: Handle, next: Handle): boolean;
}

/** Frees what a list loses, or sees to it that it is freed. */
export interface NodeTaker {
  /** @param run nodes that are in no chain any more, and nobody needs; it is cleared. */
  takeNodes(run: NodeRun): void;
}
