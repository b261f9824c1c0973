/**
 * BITFIELD and BITFIELD_RO: integers of any width at any bit of a string.
 *
 * The arguments are gone through twice: first everything is checked and it is found how long the string has to be, then
 * each operation is done and answered. Nothing is kept in between, however many there are.
 */
import { copyBytes } from "../../base/bytes.ts";
import { asciiBytes, parseInt64 } from "../../base/text.ts";
import { EVENT_SETBIT } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import { OVERFLOW_FAIL, OVERFLOW_SATURATE, OVERFLOW_WRAP } from "../../structures/bit-field.ts";
import { TYPE_STRING } from "../../structures/entry.ts";
import { stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE_FOUND } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { readFieldOffset, readFieldType } from "./arguments.ts";

const GET = asciiBytes("GET");
const SET = asciiBytes("SET");
const INCRBY = asciiBytes("INCRBY");
const OVERFLOW = asciiBytes("OVERFLOW");
const OVERFLOW_WORDS: readonly (readonly [Uint8Array, number])[] = [
  [asciiBytes("WRAP"), OVERFLOW_WRAP],
  [asciiBytes("SAT"), OVERFLOW_SATURATE],
  [asciiBytes("FAIL"), OVERFLOW_FAIL],
];

const BAD_OVERFLOW = "ERR Invalid OVERFLOW type specified";
const ONLY_GET = "ERR BITFIELD_RO only supports the GET subcommand";

const FIRST_OPERATION = 2;

/** What stands at an argument: an operation, or OVERFLOW, which is none. */
const KIND_NONE = 0;
const KIND_GET = 1;
const KIND_SET = 2;
const KIND_INCRBY = 3;
const KIND_OVERFLOW = 4;
/** Arguments of each kind, its own word included. */
const ARGUMENTS: readonly number[] = [1, 3, 4, 4, 2];

export function bitfield(context: Context): void {
  run(context, false);
}

export function bitfieldReadOnly(context: Context): void {
  run(context, true);
}

function run(context: Context, isReadOnly: boolean): void {
  const bytes = checkOperations(context);
  if (bytes < 0) return;
  if (bytes === 0) {
    const entry = context.lookupTyped(1, TYPE_STRING);
    if (entry !== WRONG_TYPE_FOUND) answerReads(context, entry);
  } else if (isReadOnly) {
    context.fail(ONLY_GET);
  } else {
    change(context, bytes);
  }
}

/** @returns bytes that the string must have for all that is written; 0 when nothing is, -1 when an error has been replied. */
function checkOperations(context: Context): number {
  const { argc } = context;
  let bytesMax = 0;
  let operations = 0;
  for (let index = FIRST_OPERATION; index < argc; ) {
    const kind = kindAt(context, index);
    if (kind === KIND_NONE) {
      context.fail(SYNTAX_ERROR);
      return -1;
    }
    if (kind === KIND_OVERFLOW) {
      if (overflowAt(context, index + 1) < 0) {
        context.fail(BAD_OVERFLOW);
        return -1;
      }
    } else {
      operations++;
      const end = checkOperation(context, index, kind);
      if (end < 0) return -1;
      if (kind !== KIND_GET) bytesMax = Math.max(bytesMax, Math.ceil(end / 8));
    }
    index += ARGUMENTS[kind];
  }
  context.keyspace.structures.bitField.operations = operations;
  return bytesMax;
}

/** @returns the bit behind the field, or -1 when an error has been replied. */
function checkOperation(context: Context, index: number, kind: number): number {
  const type = readFieldType(context, index + 1);
  if (type === 0) return -1;
  const bits = Math.abs(type);
  const offset = readFieldOffset(context, index + 2, bits);
  if (Number.isNaN(offset)) return -1;
  if (kind !== KIND_GET && context.integer64(index + 3) === null) {
    context.fail(NOT_AN_INTEGER);
    return -1;
  }
  return offset + bits;
}

function kindAt(context: Context, index: number): number {
  const left = context.argc - index;
  if (context.is(index, GET)) return left >= ARGUMENTS[KIND_GET] ? KIND_GET : KIND_NONE;
  if (context.is(index, SET)) return left >= ARGUMENTS[KIND_SET] ? KIND_SET : KIND_NONE;
  if (context.is(index, INCRBY)) return left >= ARGUMENTS[KIND_INCRBY] ? KIND_INCRBY : KIND_NONE;
  if (context.is(index, OVERFLOW)) return left >= ARGUMENTS[KIND_OVERFLOW] ? KIND_OVERFLOW : KIND_NONE;
  return KIND_NONE;
}

/** @returns -1 when it is none. */
function overflowAt(context: Context, index: number): number {
  for (const [word, overflow] of OVERFLOW_WORDS) if (context.is(index, word)) return overflow;
  return -1;
}

/** Points the field at the one that the operation at an argument is about. @returns the byte in which it begins. */
function openField(context: Context, index: number): number {
  const type = readFieldType(context, index + 1);
  const bits = Math.abs(type);
  const offset = readFieldOffset(context, index + 2, bits);
  context.keyspace.structures.bitField.open(bits, type > 0, offset);
  return Math.floor(offset / 8);
}

function answerReads(context: Context, entry: Handle): void {
  context.reply.arrayHeader(context.keyspace.structures.bitField.operations);
  for (let index = FIRST_OPERATION; index < context.argc; ) {
    const kind = kindAt(context, index);
    if (kind === KIND_GET) answerField(context, entry, openField(context, index));
    index += ARGUMENTS[kind];
  }
}

/** @param entry the string, 0 for none. @param position of the byte in which the field begins. */
function answerField(context: Context, entry: Handle, position: number): void {
  readField(context, entry, position);
  const { value } = context.keyspace.structures.bitField;
  context.reply.integer64(value.hi, value.lo);
}

/** Reads a field, behind whose string's end there are zeros. */
function readField(context: Context, entry: Handle, position: number): void {
  const { reader, structures } = context.keyspace;
  const { bitField } = structures;
  const { bytes, window } = bitField;
  let copied = 0;
  if (entry !== 0) {
    reader.open(entry);
    const end = Math.min(reader.length, position + bytes);
    if (position < end) {
      reader.copyTo(position, end, window, 0);
      copied = end - position;
    }
  }
  for (let index = copied; index < bytes; index++) window[index] = 0;
  bitField.read();
}

function change(context: Context, bytes: number): void {
  const handle = context.openTyped(1, TYPE_STRING);
  if (handle === null) return;
  const { arena } = context.keyspace;
  const grows = handle.entry === 0 || stringLength(arena, handle.entry) < bytes;
  handle.extendString(bytes);
  context.reply.arrayHeader(context.keyspace.structures.bitField.operations);
  let overflow = OVERFLOW_WRAP;
  let changes = 0;
  for (let index = FIRST_OPERATION; index < context.argc; ) {
    const kind = kindAt(context, index);
    if (kind === KIND_OVERFLOW) {
      overflow = overflowAt(context, index + 1);
    } else {
      const position = openField(context, index);
      if (kind === KIND_GET) answerField(context, handle.entry, position);
      // In a string that has grown everything written counts.
      else changes += changeField(context, handle, position, index, kind, overflow, grows);
    }
    index += ARGUMENTS[kind];
  }
  handle.close(changes > 0 ? EVENT_SETBIT : null, changes);
}

/** Does one SET or INCRBY and answers it. @returns 1 when it counts as a change, or 0. */
function changeField(
  context: Context,
  handle: WriteHandle,
  position: number,
  index: number,
  kind: number,
  overflow: number,
  countsAlways: boolean,
): number {
  const { reply } = context;
  const { bitField } = context.keyspace.structures;
  const { operand, value, next } = bitField;
  parseInt64(context.bytes(index + 3), context.start(index + 3), context.length(index + 3), operand);
  readField(context, handle.entry, position);
  const isSet = kind === KIND_SET;
  const isWritten = isSet ? bitField.assign(overflow) : bitField.increase(overflow);
  if (!isWritten) {
    reply.nullBulk();
    return 0;
  }
  const told = isSet ? value : next;
  reply.integer64(told.hi, told.lo);
  if (bitField.hasChanged) writeField(context, handle, position);
  else if (!countsAlways) return 0;
  return 1;
}

function writeField(context: Context, handle: WriteHandle, position: number): void {
  const { bitField } = context.keyspace.structures;
  const { run } = context.keyspace.reader;
  bitField.write();
  const end = position + bitField.bytes;
  for (let at = position; at < end; at += run.length) {
    handle.findWritable(at, end, run);
    copyBytes(bitField.window, at - position, run.bytes, run.start, run.length);
  }
}
