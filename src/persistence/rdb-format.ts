/**
 * The RDB format: what the codes are. (Source: `rdb.h` and `rdb.c` of Redis, and its redis-check-rdb.)
 *
 *     "REDIS0010"
 *     FA key value …                  facts about the file: who wrote it, when
 *     FE database  FB keys expiring   before the first key of a database, and FE again whenever it changes
 *     [FC time] [F8 idle | F9 freq]   of the next key: when it expires, when or how often it was used
 *     type  key  value
 *     FF  CRC-64                      over everything before, little end first
 *
 *     length   0 – 2⁶−1     00xxxxxx
 *              … 2¹⁴−1      01xxxxxx xxxxxxxx
 *              … 2³²−1      80 and 4 bytes, big end first
 *              beyond       81 and 8 bytes
 *     string   its length and bytes, or
 *              C0, C1, C2 and an integer of 1, 2 or 4 bytes, little end first, or
 *              C3, compressed length, length, and the LZF of it
 *
 * DUMP is the type and the value, then the version in two bytes and the CRC-64 of all before, both little end first.
 *
 * What is written is version 10, which Redis 7.0, everything later and Valkey load; a small collection is the listpack
 * or intset that it is in memory, as a string. Version 10 has no listpack of a set: that is written member by member.
 * A hash of which fields expire needs version 12, and a dataset that has one is written as that. Before its content:
 *
 *     HASH_METADATA       time u64, little end first: that of the field that expires first
 *                         count, and for each field its time less that time plus 1, as a length, 0 for never; field, value
 *     HASH_LISTPACK_EX    time u64 as there; a string, the listpack of field, value, time …, as in memory
 *
 * What is read is every version up to 12.
 */

/** The version that is written, and the last one that is read. */
export const RDB_VERSION = 10;
export const RDB_VERSION_READ_MAX = 12;
/** The version that is written where fields of hashes expire. */
export const RDB_VERSION_FIELD_EXPIRY = 12;
/** From this version on a file ends with a checksum. */
export const RDB_VERSION_CHECKSUM = 5;

export const OPCODE_SLOT_INFO = 0xf4;
export const OPCODE_FUNCTION = 0xf5;
export const OPCODE_FUNCTION_OLD = 0xf6;
export const OPCODE_MODULE_AUX = 0xf7;
export const OPCODE_IDLE = 0xf8;
export const OPCODE_FREQUENCY = 0xf9;
export const OPCODE_AUX = 0xfa;
export const OPCODE_RESIZE = 0xfb;
export const OPCODE_EXPIRES_MS = 0xfc;
export const OPCODE_EXPIRES = 0xfd;
export const OPCODE_DATABASE = 0xfe;
export const OPCODE_END = 0xff;

export const RDB_STRING = 0;
/** Elements one by one. */
export const RDB_LIST = 1;
export const RDB_SET = 2;
/** Scores as text. */
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
/** Scores as doubles. */
export const RDB_ZSET_2 = 5;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
/** Nodes of ziplists. */
export const RDB_LIST_QUICKLIST = 14;
/** Nodes, each with its id, then the rest. */
export const RDB_STREAM = 15;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
/** Nodes, each with what it is. */
export const RDB_LIST_QUICKLIST_2 = 18;
/** With first and greatest deleted id, entries added and read. */
export const RDB_STREAM_2 = 19;
export const RDB_SET_LISTPACK = 20;
/** With the time at which each consumer was last active. */
export const RDB_STREAM_3 = 21;
/** Fields with their times, as the candidates for 7.4 wrote them: without the first time, times as they are. */
export const RDB_HASH_METADATA_EARLY = 22;
export const RDB_HASH_LISTPACK_EX_EARLY = 23;
export const RDB_HASH_METADATA = 24;
export const RDB_HASH_LISTPACK_EX = 25;

/** Fields expire before that: 48 bits. */
export const FIELD_TIME_MS_END: number = 2 ** 48 - 1;

/** A node of a quicklist is one long element, or a listpack. */
export const NODE_PLAIN = 1;
export const NODE_PACKED = 2;

export const LENGTH_14 = 0x40;
export const LENGTH_32 = 0x80;
export const LENGTH_64 = 0x81;
export const INTEGER_8 = 0xc0;
export const INTEGER_16 = 0xc1;
export const INTEGER_32 = 0xc2;
export const COMPRESSED = 0xc3;

/** An infinite or absent score, in place of the length of its text. */
export const SCORE_NAN = 253;
export const SCORE_INFINITY = 254;
export const SCORE_MINUS_INFINITY = 255;
