/** How ids and entries look in replies: straight from the stream's own bytes. */
import type { StreamValue } from "../../keyspace/stream-value.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";
import { ID_TEXT_BYTES_MAX, type StreamId } from "../../structures/stream-id.ts";

const ZERO = 0x30;
const DOLLAR = 0x24;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Header and both line ends. */
const ID_BULK_BYTES_MAX = ID_TEXT_BYTES_MAX + 8;
const HEADER_BYTES = 5;

/** An id as a bulk string. */
export function replyId(reply: ReplyBuffer, id: StreamId): void {
  reply.ensure(ID_BULK_BYTES_MAX);
  const { bytes, position } = reply;
  // The text has two digits of length in nearly all cases: it is written behind them, and moved if there is one.
  let at = position;
  let end = id.write(bytes, position + HEADER_BYTES);
  const length = end - position - HEADER_BYTES;
  bytes[at++] = DOLLAR;
  if (length >= 10) {
    bytes[at++] = ZERO + ((length / 10) | 0);
  } else {
    bytes.copyWithin(position + HEADER_BYTES - 1, position + HEADER_BYTES, end);
    end--;
  }
  bytes[at++] = ZERO + (length % 10);
  bytes[at++] = CARRIAGE_RETURN;
  bytes[at] = LINE_FEED;
  bytes[end++] = CARRIAGE_RETURN;
  bytes[end++] = LINE_FEED;
  reply.position = end;
}

/** The entry that the stream shows: its id, and an array of fields and values. */
export function replyEntry(reply: ReplyBuffer, stream: StreamValue): void {
  const { field, value } = stream;
  reply.arrayHeader(2);
  replyId(reply, stream.id);
  reply.arrayHeader(2 * stream.fieldCount);
  while (stream.nextField()) {
    reply.bulk(field.bytes, field.start, field.length);
    reply.bulk(value.bytes, value.start, value.length);
  }
}

/** An array of the entries of the range that has been begun. @param countMax 0 for all. */
export function replyEntries(reply: ReplyBuffer, stream: StreamValue, countMax: number): void {
  let count = 0;
  reply.deferHeader();
  while (stream.next()) {
    replyEntry(reply, stream);
    if (++count === countMax) break;
  }
  reply.fillArrayHeader(count);
}
