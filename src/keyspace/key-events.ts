/**
 * What can happen to a key, in the words of keyspace notifications. A write handle is closed with one of these, and
 * that is all that any side effect of a write depends on.
 */

/** Classes of `notify-keyspace-events`, as bits. */
export const CLASS_GENERIC = 1 << 2;
export const CLASS_STRING = 1 << 3;
export const CLASS_LIST = 1 << 4;
export const CLASS_SET = 1 << 5;
export const CLASS_HASH = 1 << 6;
export const CLASS_ZSET = 1 << 7;
export const CLASS_EXPIRED = 1 << 8;
export const CLASS_EVICTED = 1 << 9;
export const CLASS_STREAM = 1 << 10;
export const CLASS_KEY_MISS = 1 << 11;
export const CLASS_MODULE = 1 << 13;
export const CLASS_NEW = 1 << 14;

export interface KeyEvent {
  readonly name: string;
  readonly eventClass: number;
}

export const EVENT_SET: KeyEvent = { name: "set", eventClass: CLASS_STRING };
export const EVENT_INCRBY: KeyEvent = { name: "incrby", eventClass: CLASS_STRING };
export const EVENT_INCRBYFLOAT: KeyEvent = { name: "incrbyfloat", eventClass: CLASS_STRING };
export const EVENT_APPEND: KeyEvent = { name: "append", eventClass: CLASS_STRING };
export const EVENT_SETRANGE: KeyEvent = { name: "setrange", eventClass: CLASS_STRING };
export const EVENT_DEL: KeyEvent = { name: "del", eventClass: CLASS_GENERIC };
export const EVENT_EXPIRE: KeyEvent = { name: "expire", eventClass: CLASS_GENERIC };
export const EVENT_PERSIST: KeyEvent = { name: "persist", eventClass: CLASS_GENERIC };
export const EVENT_RENAME_FROM: KeyEvent = { name: "rename_from", eventClass: CLASS_GENERIC };
export const EVENT_RENAME_TO: KeyEvent = { name: "rename_to", eventClass: CLASS_GENERIC };
export const EVENT_MOVE_FROM: KeyEvent = { name: "move_from", eventClass: CLASS_GENERIC };
export const EVENT_MOVE_TO: KeyEvent = { name: "move_to", eventClass: CLASS_GENERIC };
export const EVENT_COPY_TO: KeyEvent = { name: "copy_to", eventClass: CLASS_GENERIC };
export const EVENT_EXPIRED: KeyEvent = { name: "expired", eventClass: CLASS_EXPIRED };
export const EVENT_NEW: KeyEvent = { name: "new", eventClass: CLASS_NEW };
export const EVENT_KEY_MISS: KeyEvent = { name: "keymiss", eventClass: CLASS_KEY_MISS };
