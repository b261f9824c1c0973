/**
 * Observers: what happens in the server when a parameter is changed by CONFIG SET.
 *
 * All parameters of one CONFIG SET are changed first; then every observer concerned is called once, in the order of the
 * parameters. The first that refuses undoes everything: the old values come back and the same observers are called
 * again with these. An observer may take its time (a port has to be listened on): then so does the reply.
 */

/** Null when done, or why it cannot be: the client is told. */
export type Verdict = string | null;
export type Outcome = Verdict | Promise<Verdict>;

export interface Observer {
  /** Parameters, by their names, any of which calls it. */
  readonly names: readonly string[];
  run(): Outcome;
}

/** An observer to be called, and the name by which the parameter that calls it was set. */
export interface Call {
  readonly name: string;
  readonly observer: Observer;
}

/** The first refusal. */
export interface Refusal {
  readonly name: string;
  readonly reason: string;
}

/** Calls one after the other until one refuses. Stays synchronous as long as all of them are. */
export function callUntilRefused(calls: readonly Call[], from = 0): Refusal | null | Promise<Refusal | null> {
  for (let at = from; at < calls.length; at++) {
    const { name, observer } = calls[at];
    const outcome = observer.run();
    if (outcome instanceof Promise) {
      return outcome.then((reason) => (reason === null ? callUntilRefused(calls, at + 1) : { name, reason }));
    }
    if (outcome !== null) return { name, reason: outcome };
  }
  return null;
}

/** Calls all of them, whatever they say. @param report is told of refusals. */
export function callAll(calls: readonly Call[], report: (refusal: Refusal) => void, from = 0): null | Promise<null> {
  for (let at = from; at < calls.length; at++) {
    const { name, observer } = calls[at];
    const outcome = observer.run();
    if (outcome instanceof Promise) {
      return outcome.then((reason) => {
        if (reason !== null) report({ name, reason });
        return callAll(calls, report, at + 1);
      });
    }
    if (outcome !== null) report({ name, reason: outcome });
  }
  return null;
}
