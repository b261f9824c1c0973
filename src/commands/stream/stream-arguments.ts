/**
 * Where stream commands read their arguments to. A context has one: nothing is made for a command, and nothing of it
 * means anything after it.
 */
import { Span } from "../../structures/entry.ts";
import { ID_TEXT_BYTES_MAX, StreamId } from "../../structures/stream-id.ts";

export type TrimStrategy = "none" | "length" | "id";

/** What the options before XADD's id, or those of XTRIM, say. */
export class TrimRequest {
  strategy: TrimStrategy = "none";
  isApproximate = false;
  /** Where the threshold stands. */
  thresholdIndex = 0;
  lengthMax = 0;
  /** Entries to remove at the most; 0 for all. */
  limit = 0;
  /** Where LIMIT stands, 0 when it does not. */
  limitIndex = 0;
  makesNoStream = false;
  /** The first argument that is no option. */
  end = 0;

  reset(): void {
    this.strategy = "none";
    this.isApproximate = false;
    this.thresholdIndex = 0;
    this.lengthMax = 0;
    this.limit = 0;
    this.limitIndex = 0;
    this.makesNoStream = false;
    this.end = 0;
  }
}

/** What XREAD or XREADGROUP is asked for. */
export class ReadRequest {
  /** Entries of each stream at the most; 0 for all. */
  countMax = 0;
  /** −1 when it does not wait. */
  timeoutMs = -1;
  /** Where the keys begin; the ids follow them. */
  firstKey = 0;
  keyCount = 0;
  /** Where the group stands, 0 when it does not; the consumer follows. */
  groupIndex = 0;
  isAcknowledged = false;

  reset(): void {
    this.countMax = 0;
    this.timeoutMs = -1;
    this.firstKey = 0;
    this.keyCount = 0;
    this.groupIndex = 0;
    this.isAcknowledged = false;
  }
}

export class StreamArguments {
  readonly first: StreamId = new StreamId();
  readonly last: StreamId = new StreamId();
  /** The least id that trimming leaves. */
  readonly limit: StreamId = new StreamId();
  /** The greatest id there is; never set. */
  readonly max: StreamId = new StreamId().setMax();
  /** Room for the text of an id. */
  readonly text: Uint8Array = new Uint8Array(ID_TEXT_BYTES_MAX);
  /** For the names of consumers. */
  readonly name: Span = new Span();
  readonly trim: TrimRequest = new TrimRequest();
  readonly read: ReadRequest = new ReadRequest();
}
