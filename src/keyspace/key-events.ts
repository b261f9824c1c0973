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
  /** As in Redis, who watches a stream does not learn of its groups and consumers, or of an id that was set. */
  readonly isUnwatched?: true;
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
export const EVENT_RESTORE: KeyEvent = { name: "restore", eventClass: CLASS_GENERIC };
export const EVENT_SORTSTORE: KeyEvent = { name: "sortstore", eventClass: CLASS_LIST };
export const EVENT_LPUSH: KeyEvent = { name: "lpush", eventClass: CLASS_LIST };
export const EVENT_RPUSH: KeyEvent = { name: "rpush", eventClass: CLASS_LIST };
export const EVENT_LPOP: KeyEvent = { name: "lpop", eventClass: CLASS_LIST };
export const EVENT_RPOP: KeyEvent = { name: "rpop", eventClass: CLASS_LIST };
export const EVENT_LINSERT: KeyEvent = { name: "linsert", eventClass: CLASS_LIST };
export const EVENT_LSET: KeyEvent = { name: "lset", eventClass: CLASS_LIST };
export const EVENT_LREM: KeyEvent = { name: "lrem", eventClass: CLASS_LIST };
export const EVENT_LTRIM: KeyEvent = { name: "ltrim", eventClass: CLASS_LIST };
export const EVENT_SADD: KeyEvent = { name: "sadd", eventClass: CLASS_SET };
export const EVENT_SREM: KeyEvent = { name: "srem", eventClass: CLASS_SET };
export const EVENT_SPOP: KeyEvent = { name: "spop", eventClass: CLASS_SET };
export const EVENT_SINTERSTORE: KeyEvent = { name: "sinterstore", eventClass: CLASS_SET };
export const EVENT_SUNIONSTORE: KeyEvent = { name: "sunionstore", eventClass: CLASS_SET };
export const EVENT_SDIFFSTORE: KeyEvent = { name: "sdiffstore", eventClass: CLASS_SET };
export const EVENT_HSET: KeyEvent = { name: "hset", eventClass: CLASS_HASH };
export const EVENT_HDEL: KeyEvent = { name: "hdel", eventClass: CLASS_HASH };
export const EVENT_HINCRBY: KeyEvent = { name: "hincrby", eventClass: CLASS_HASH };
export const EVENT_HINCRBYFLOAT: KeyEvent = { name: "hincrbyfloat", eventClass: CLASS_HASH };
export const EVENT_HEXPIRE: KeyEvent = { name: "hexpire", eventClass: CLASS_HASH };
export const EVENT_HPERSIST: KeyEvent = { name: "hpersist", eventClass: CLASS_HASH };
export const EVENT_HEXPIRED: KeyEvent = { name: "hexpired", eventClass: CLASS_HASH };
export const EVENT_ZADD: KeyEvent = { name: "zadd", eventClass: CLASS_ZSET };
export const EVENT_ZINCR: KeyEvent = { name: "zincr", eventClass: CLASS_ZSET };
export const EVENT_ZREM: KeyEvent = { name: "zrem", eventClass: CLASS_ZSET };
export const EVENT_ZREMRANGEBYSCORE: KeyEvent = { name: "zremrangebyscore", eventClass: CLASS_ZSET };
export const EVENT_ZREMRANGEBYLEX: KeyEvent = { name: "zremrangebylex", eventClass: CLASS_ZSET };
export const EVENT_ZREMRANGEBYRANK: KeyEvent = { name: "zremrangebyrank", eventClass: CLASS_ZSET };
export const EVENT_ZPOPMIN: KeyEvent = { name: "zpopmin", eventClass: CLASS_ZSET };
export const EVENT_ZPOPMAX: KeyEvent = { name: "zpopmax", eventClass: CLASS_ZSET };
export const EVENT_ZUNIONSTORE: KeyEvent = { name: "zunionstore", eventClass: CLASS_ZSET };
export const EVENT_ZINTERSTORE: KeyEvent = { name: "zinterstore", eventClass: CLASS_ZSET };
export const EVENT_ZDIFFSTORE: KeyEvent = { name: "zdiffstore", eventClass: CLASS_ZSET };
export const EVENT_ZRANGESTORE: KeyEvent = { name: "zrangestore", eventClass: CLASS_ZSET };
export const EVENT_GEOSEARCHSTORE: KeyEvent = { name: "geosearchstore", eventClass: CLASS_ZSET };
export const EVENT_GEORADIUSSTORE: KeyEvent = { name: "georadiusstore", eventClass: CLASS_ZSET };
export const EVENT_SETBIT: KeyEvent = { name: "setbit", eventClass: CLASS_STRING };
export const EVENT_XADD: KeyEvent = { name: "xadd", eventClass: CLASS_STREAM };
export const EVENT_XTRIM: KeyEvent = { name: "xtrim", eventClass: CLASS_STREAM };
export const EVENT_XDEL: KeyEvent = { name: "xdel", eventClass: CLASS_STREAM };
export const EVENT_XSETID: KeyEvent = { name: "xsetid", eventClass: CLASS_STREAM, isUnwatched: true };
export const EVENT_XGROUP_CREATE: KeyEvent = { name: "xgroup-create", eventClass: CLASS_STREAM, isUnwatched: true };
export const EVENT_XGROUP_SETID: KeyEvent = { name: "xgroup-setid", eventClass: CLASS_STREAM, isUnwatched: true };
export const EVENT_XGROUP_DESTROY: KeyEvent = { name: "xgroup-destroy", eventClass: CLASS_STREAM, isUnwatched: true };
export const EVENT_XGROUP_CREATECONSUMER: KeyEvent = {
  name: "xgroup-createconsumer",
  eventClass: CLASS_STREAM,
  isUnwatched: true,
};
export const EVENT_XGROUP_DELCONSUMER: KeyEvent = {
  name: "xgroup-delconsumer",
  eventClass: CLASS_STREAM,
  isUnwatched: true,
};
export const EVENT_PFADD: KeyEvent = { name: "pfadd", eventClass: CLASS_STRING };
/** A change of a value that nobody is told of but those who watch the key. */
export const EVENT_SILENT: KeyEvent = { name: "", eventClass: 0 };
