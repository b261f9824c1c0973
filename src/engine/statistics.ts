/** What the engine counts. Owners of other counts (network, keyspace) keep their own. */
export class EngineStatistics {
  commandsProcessed = 0;
  errorReplies = 0;
  /** Commands slower than the slow log's threshold since the start. */
  slowCommands = 0;
  /** Calls by the error code they were answered with, for INFO errorstats. */
  readonly errors: Map<string, number> = new Map();

  countError(text: string): void {
    this.errorReplies++;
    const blank = text.indexOf(" ");
    const code = blank < 0 ? text : text.slice(0, blank);
    const count = this.errors.get(code);
    if (count !== undefined) this.errors.set(code, count + 1);
    else if (this.errors.size < ERROR_CODES_MAX) this.errors.set(code, 1);
  }

  reset(): void {
    this.commandsProcessed = 0;
    this.errorReplies = 0;
    this.slowCommands = 0;
    this.errors.clear();
  }
}

/** Codes come from scripts too, later: a bound on how many are told apart. */
const ERROR_CODES_MAX = 128;
