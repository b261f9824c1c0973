/** The commands on bits, call by call beside a real Redis. */
import { BitsCalls } from "./bits-calls.ts";
import { besideRedis, type Conversations, callsOf, draw, showAsIs } from "./family-oracle.ts";

/** Beyond a megabyte, where a string that is changed stands in pages. */
const LONG_BYTES = 3_000_000;

const conversations: Conversations = {
  "single bits": callsOf(`
      SETBIT k 7 1
      SETBIT k 7 0
      SETBIT k 7 0
      GETBIT k 7
      GETBIT k 100
      GETBIT none 100
      SETBIT k 100 0
      STRLEN k
      SETBIT k 100 0
      SETBIT none 0 0
      GET none
      SET n 12
      GETBIT n 3
      SETBIT n 6 1
      GET n
      OBJECT ENCODING n
      SET e abc
      SETBIT e 7 1
      OBJECT ENCODING e
      SETBIT k -1 0
      SETBIT k 4294967296 0
      SETBIT k 1 2
      SETBIT k x 1
      SETBIT k x 2
      SETBIT k 1 x
      GETBIT k -1
      GETBIT k x
      GETBIT k 4294967296
      GETBIT k 4294967295
      RPUSH l x
      SETBIT l 1 1
      SETBIT l -1 1
      GETBIT l 1
      GETBIT l x
      SETBIT k 1
      GETBIT k
      SETBIT far 4294967295 1
      STRLEN far
      GETBIT far 4294967295
      GETBIT far 4294967294
      BITPOS far 1
      BITCOUNT far
      DEL far`),
  "ranges of bits": callsOf(`
      SET k foobar
      BITCOUNT k
      BITCOUNT k 0 0
      BITCOUNT k 1 1 BYTE
      BITCOUNT k 5 30 BIT
      BITCOUNT k 5 -5 bit
      BITCOUNT k -2 -5
      BITCOUNT k -2 -5 BAD
      BITCOUNT k -5 -2 BAD
      BITCOUNT k 0
      BITCOUNT k x 1
      BITCOUNT k 1 x
      BITCOUNT k 1 x BAD
      BITCOUNT k -9223372036854775807 -9223372036854775808
      BITCOUNT k -9223372036854775808 -9223372036854775807
      BITCOUNT k -9223372036854775807 -9223372036854775808 BAD
      BITCOUNT none 0
      BITCOUNT none x y z
      BITPOS none 1
      BITPOS none 0
      BITPOS none 0 x y z w
      BITPOS none 2
      BITPOS none x
      BITPOS k 2
      BITPOS k 1
      BITPOS k 0
      BITPOS k 1 2
      BITPOS k 1 2 1
      BITPOS k 1 x 1 BAD
      BITPOS k 1 0 x BAD
      BITPOS k 1 0 x
      BITPOS k 1 0 1 BIT
      BITPOS k 0 0 1 BIT
      BITPOS k 1 2 3 BIT
      BITPOS k 1 0 1 BIT BAD
      SET n 1023
      BITCOUNT n
      BITPOS n 0
      SET empty 
      BITCOUNT empty
      BITPOS empty 0
      BITPOS empty 1
      BITPOS empty 0 0
      BITPOS empty 0 0 -1
      RPUSH l x
      BITCOUNT l
      BITCOUNT l x
      BITPOS l 1
      BITPOS l x`),
  combining: callsOf(`
      SET a abc
      SET b abcdef
      SET n 123
      BITOP AND d a b
      GET d
      BITOP OR d a b
      BITOP XOR d a b
      GET d
      BITOP NOT d a
      GET d
      BITOP NOT d a b
      BITOP NAND d a b
      BITOP AND d a none
      GET d
      BITOP AND d none none
      EXISTS d
      BITOP AND d none
      BITOP XOR a a a
      GET a
      BITOP OR d n
      OBJECT ENCODING d
      GET d
      EXPIREAT d 4000000000
      BITOP OR d n
      TTL d
      RPUSH l x
      BITOP OR d n l
      BITOP OR l n n
      TYPE l
      RPUSH l2 x
      BITOP AND l2 none
      EXISTS l2
      BITOP AND d
      BITOP NOT d`),
  fields: callsOf(`
      BITFIELD k
      BITFIELD k GET u8 0
      EXISTS k
      BITFIELD k OVERFLOW SAT
      BITFIELD k OVERFLOW SAT GET i8 0
      BITFIELD k SET i8 0 127 INCRBY i8 0 1 GET u8 0
      BITFIELD k OVERFLOW SAT INCRBY i8 0 -1000 OVERFLOW FAIL INCRBY i8 0 -1
      BITFIELD k SET u63 0 9223372036854775807 INCRBY u63 0 1
      BITFIELD k OVERFLOW SAT INCRBY u63 0 -1 INCRBY u63 0 9223372036854775807 INCRBY u63 0 9223372036854775807
      BITFIELD k SET i64 0 9223372036854775807 INCRBY i64 0 1 INCRBY i64 0 -1
      BITFIELD k OVERFLOW SAT INCRBY i64 0 1 INCRBY i64 0 -9223372036854775808 INCRBY i64 0 -9223372036854775808
      BITFIELD k OVERFLOW FAIL INCRBY i64 0 -1 SET u8 0 256 SET u8 0 -1 SET i8 0 128 SET i8 0 127
      BITFIELD k OVERFLOW SAT SET u8 0 256 SET u8 0 -1 SET i8 0 128 SET i8 0 -129
      BITFIELD k SET u8 0 256 SET u8 0 -1 SET i8 0 128 SET i8 0 -129
      BITFIELD k GET u64 0
      BITFIELD k GET i65 0
      BITFIELD k GET u0 0
      BITFIELD k GET x 0
      BITFIELD k GET u8
      BITFIELD k SET u8 0
      BITFIELD k SET u8 0 x
      BITFIELD k OVERFLOW BAD
      BITFIELD k OVERFLOW
      BITFIELD k BAD
      BITFIELD k GET u8 #9223372036854775807
      BITFIELD k GET u8 #-9223372036854775808
      BITFIELD k GET u8 #-1
      BITFIELD k GET u8 #
      BITFIELD k SET u8 4294967288 1
      BITFIELD k SET u8 4294967296 1
      BITFIELD_RO k GET u8 0 GET i8 #1
      BITFIELD_RO k SET u8 0 1
      BITFIELD_RO k INCRBY u8 0 1
      BITFIELD_RO k OVERFLOW FAIL GET u8 0
      BITFIELD_RO none GET u8 0
      BITFIELD failing OVERFLOW FAIL SET u8 0 256
      STRLEN failing
      SET n 1234
      BITFIELD n GET u16 0
      OBJECT ENCODING n
      BITFIELD n SET u8 0 50
      OBJECT ENCODING n
      GET n
      RPUSH l x
      BITFIELD l GET u8 0
      BITFIELD l SET u8 0 1
      BITFIELD l SET u8 0 x
      BITFIELD_RO l SET u8 0 1
      BITFIELD_RO l GET u8 0`),
  "strings in pages": [
    ["SET", "k", "\xa5".repeat(LONG_BYTES)],
    ["SETBIT", "k", 8 * 2_000_000 + 1, 1],
    ["SETBIT", "k", 8 * 8_000_000, 1],
    ["BITCOUNT", "k"],
    ["BITCOUNT", "k", 1, -2],
    ["BITCOUNT", "k", 13, 8 * 2_500_000 + 3, "BIT"],
    ["BITPOS", "k", 0],
    ["BITPOS", "k", 1, LONG_BYTES],
    ["BITPOS", "k", 0, LONG_BYTES],
    ["BITPOS", "k", 1, 8 * LONG_BYTES + 3, -1, "BIT"],
    // Across the edges of pages.
    ["BITFIELD", "k", "SET", "u63", 8 * 262_144 - 31, "9223372036854775807", "GET", "i64", 8 * 262_144 - 33],
    ["BITFIELD", "k", "INCRBY", "i64", 8 * 524_288 - 1, "-9223372036854775808", "GET", "u63", 8 * 786_432 - 60],
    ["BITFIELD_RO", "k", "GET", "u63", 8 * 4_000_000],
    ["SET", "m", `x${"\x0f".repeat(LONG_BYTES)}`],
    ["SETRANGE", "m", 6_000_000, "\xff"],
    ["APPEND", "m", "abc"],
    ["BITOP", "XOR", "d", "k", "m"],
    ["BITCOUNT", "d"],
    ["BITOP", "AND", "d", "k", "m", "d"],
    ["BITCOUNT", "d"],
    ["BITOP", "OR", "d", "k", "m", "none"],
    ["BITCOUNT", "d"],
    ["BITOP", "NOT", "d", "d"],
    ["BITCOUNT", "d"],
    ["BITPOS", "d", 0],
    ["BITPOS", "d", 1, 4_000_000],
    ["DEBUG", "DIGEST-VALUE", "k", "m", "d"],
    ["BITOP", "AND", "k", "k", "m"],
    ["SETBIT", "k", 100, 1],
    ["DEBUG", "DIGEST-VALUE", "k", "m", "d"],
  ],
};

besideRedis({}, showAsIs, (family) => {
  family.testConversations(conversations);

  family.testAnyCalls([1, 2, 3, 4], (random) => draw(new BitsCalls(random), 2000));

  const { "strings in pages": _long, ...short } = conversations;
  family.testPropagation((random) => [...Object.values(short).flat(), ...draw(new BitsCalls(random), 1500)]);
});
