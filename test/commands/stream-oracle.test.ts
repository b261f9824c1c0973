/** The stream commands, call by call beside a real Redis. */
import { besideRedis, type Conversations, callsOf, draw, type ShowReply } from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { StreamCalls } from "./stream-calls.ts";

/** Small, so that streams of several nodes are met. */
const SETTINGS = { "stream-node-max-entries": 4 };

/** Times of now, ms since 1970, and the times since, at their places. */
const TIME = /:1\d{12}\b/g;

const NOT_GREATER = "The ID specified in XADD is equal or smaller than the target stream top item";

/**
 * What the oracle cannot say as 7.2 does, and times. 7.2 tells when a consumer last got anything, and gives the list of
 * streams that does not come out even another error; 7.0 says of a sequence that is full that the entry is too large.
 */
const showReply: ShowReply = (call, reply) => {
  const shown = show(reply)
    .replace(TIME, ":time")
    .replace(/, "(inactive|active-time)"[:,] :(-1|time|\d+)/g, "")
    .replace(/-ERR Unbalanced .*/, "-ERR Unbalanced")
    .replace("Elements are too large to be stored", NOT_GREATER)
    .replace("is smaller than current max_deleted_entry_id", "is smaller than the target stream top item");
  switch (String(call[0]).toUpperCase()) {
    case "XPENDING":
      return shown.replace(/("\d+-\d+", "[^"]*"), :\d+, /g, "$1, idle, ");
    case "XINFO":
      return shown.replace(/("idle"[:,]) :\d+/g, "$1 idle");
    default:
      return shown;
  }
};

/** Each call made by a client that watches the keys and then finds out whether they have changed. */
function underWatch(one: string, other: string, lines: string): Call[] {
  return callsOf(lines).flatMap((call): Call[] => [["WATCH", one, other], call, ["MULTI"], ["PING"], ["EXEC"]]);
}

const conversations: Conversations = {
  "adding and asking": callsOf(`
      XADD s 1-1 f v
      XADD s 1-1 f v
      XADD s 1-0 f v
      XADD s 0-0 f v
      XADD s 1 f v
      XADD s 1-* f v
      XADD s 2-* f v g w
      XADD s 2-18446744073709551615 f v
      XADD s 2-* f v
      XADD s 3 f v f w
      XADD s 0-* f v
      XADD s x f v
      XADD s 5-5 f
      XADD s 5-5
      XADD s 5-5 f v g
      XADD none NOMKSTREAM 1-1 f v
      XADD z 0-* f v
      XADD z NOMKSTREAM 0-* f v
      XLEN s
      XLEN none
      XRANGE s - +
      XRANGE s - + COUNT 2
      XRANGE s - + COUNT 0
      XRANGE s - + COUNT -1
      XRANGE s - + COUNT
      XRANGE s - + COUNT x
      XRANGE s (1-1 2
      XRANGE s 2 (2
      XRANGE s (2 3
      XRANGE s 1 1
      XRANGE s 3 1
      XRANGE s ( +
      XRANGE s (- +
      XRANGE s - (0-0
      XRANGE s (18446744073709551615-18446744073709551615 +
      XRANGE none - +
      XRANGE none - + COUNT 0
      XREVRANGE s + -
      XREVRANGE s + - COUNT 1
      XREVRANGE s (3 (1-1
      XREVRANGE s - +
      XDEL s 1-1 9-9 1-1
      XDEL s x
      XDEL none 1-1
      XDEL none x
      XRANGE s - +
      XADD top 18446744073709551615-18446744073709551615 f v
      XADD top * f v
      XADD top 18446744073709551615-* f v
      XADD big 18446744073709551614-18446744073709551615 f v
      XADD big 18446744073709551614-* f v
      XADD big 18446744073709551615-* f v
      SET t x
      XADD t 1-1 f v
      XADD t 0-0 f v
      XADD t NOMKSTREAM 1-1 f v
      XLEN t
      XRANGE t - +
      XRANGE t x +
      XREVRANGE t + -
      XDEL t 1-1
      XTRIM t MAXLEN 1
      XSETID t 1-1
      XREAD STREAMS t 0
      XREADGROUP GROUP g c STREAMS t >
      XGROUP CREATE t g 0
      XGROUP CREATE t g 0 MKSTREAM
      XGROUP DESTROY t g
      XACK t g 1-1
      XPENDING t g
      XCLAIM t g c 0 1-1
      XAUTOCLAIM t g c 0 0
      XINFO STREAM t
      XINFO GROUPS t
      XINFO CONSUMERS t g`),
  trimming: callsOf(`
      XADD s 1-1 f 1
      XADD s 2-1 f 2
      XADD s 3-1 f 3
      XADD s 4-1 f 4
      XADD s 5-1 f 5
      XADD s 6-1 f 6
      XADD s 7-1 f 7
      XADD s 8-1 f 8
      XADD s 9-1 f 9
      XTRIM s MAXLEN ~ 6
      XTRIM s MAXLEN ~ 5
      XTRIM s MAXLEN ~ 2 LIMIT 3
      XTRIM s MAXLEN ~ 0 LIMIT 4
      XTRIM s MAXLEN = 4
      XINFO STREAM s
      XTRIM s MAXLEN 3
      XTRIM s MINID ~ 8
      XTRIM s MINID 8
      XINFO STREAM s FULL
      XTRIM s MINID = 9-2
      XINFO STREAM s
      XTRIM s MAXLEN 1
      XTRIM none MAXLEN 1
      XTRIM s MAXLEN
      XTRIM s MAXLEN x
      XTRIM s MAXLEN -1
      XTRIM s MAXLEN ~
      XTRIM s MINID x
      XTRIM s MINID ~ -
      XTRIM s MAXLEN 1 MINID 1
      XTRIM s MAXLEN 1 MAXLEN 1
      XTRIM s LIMIT 1
      XTRIM s LIMIT 0
      XTRIM s MAXLEN 1 LIMIT 1
      XTRIM s MAXLEN = 1 LIMIT 0
      XTRIM s MAXLEN ~ 1 LIMIT 0
      XTRIM s MAXLEN ~ 1 LIMIT -1
      XTRIM s MAXLEN ~ 1 LIMIT x
      XTRIM s LIMIT 1 MAXLEN ~ 1
      XTRIM s NOMKSTREAM MAXLEN 1
      XTRIM s BAD 1
      XADD s MAXLEN 2 10-1 f v
      XADD s MAXLEN 2 11-1 f v
      XADD s MAXLEN 2 12-1 f v
      XADD s MAXLEN ~ 2 LIMIT 1 13-1 f v
      XADD s MINID 12 14-1 f v
      XADD s MINID = 99 15-1 f v
      XLEN s
      XADD s MAXLEN 0 16-1 f v
      XINFO STREAM s
      XADD s LIMIT 1 17-1 f v
      XADD s LIMIT 0 17-1 f v
      XADD s MAXLEN 1 LIMIT 1 17-1 f v
      XADD s MAXLEN 1 MINID 1 17-1 f v
      XADD s MAXLEN 17-1 f v
      XADD s MAXLEN ~ 17-1 f v
      XADD s MAXLEN -1 17-1 f v
      XADD new MAXLEN 0 1-1 f v
      EXISTS new`),
  "trimming nodes whose entries are all deleted": callsOf(`
      XADD s 1-1 f 1
      XADD s 2-1 f 2
      XADD s 3-1 f 3
      XADD s 4-1 f 4
      XDEL s 4-1
      XTRIM s MINID 4
      XINFO STREAM s
      XADD s 5-1 f 5
      XADD s 6-1 f 6
      XTRIM s MAXLEN 2
      XINFO STREAM s
      XTRIM s MINID ~ 5
      XINFO STREAM s
      XADD t 1-1 f 1
      XADD t 2-1 f 2
      XDEL t 2-1
      XTRIM t MINID 2
      XTRIM t MINID ~ 2-2
      XINFO STREAM t
      XADD u 1-1 f 1
      XADD u 2-1 f 2
      XADD u 3-1 f 3
      XADD u 4-1 f 4
      XADD u 5-1 f 5
      XADD u 6-1 f 6
      XADD u 7-1 f 7
      XADD u 8-1 f 8
      XADD u 9-1 f 9
      XDEL u 8-1
      XTRIM u MINID 8
      XADD u 10-1 f 10
      XTRIM u MAXLEN 2
      XINFO STREAM u
      XTRIM u MAXLEN ~ 1 LIMIT 1
      XTRIM u MAXLEN 1
      XINFO STREAM u`),
  "reading as a group": callsOf(`
      XGROUP CREATE s g $
      XGROUP CREATE s g $ MKSTREAM
      XGROUP CREATE s g $ MKSTREAM
      XGROUP CREATE s h 0 ENTRIESREAD 3
      XGROUP CREATE s i 0 ENTRIESREAD -2
      XGROUP CREATE s i 0 ENTRIESREAD x
      XGROUP CREATE s i 0 ENTRIESREAD
      XGROUP CREATE s i x
      XGROUP CREATE s i -
      XGROUP CREATE s i 0 BAD
      XGROUP CREATE s i 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
      XGROUP CREATE s
      XGROUP BAD s i
      XGROUP
      XINFO GROUPS s
      XADD s 1-1 f 1
      XADD s 2-1 f 2
      XADD s 3-1 f 3
      XADD s 4-1 f 4
      XADD s 5-1 f 5
      XREADGROUP GROUP g alice COUNT 2 STREAMS s >
      XREADGROUP GROUP g bob COUNT 1 STREAMS s >
      XREADGROUP GROUP g alice STREAMS s 0
      XREADGROUP GROUP g alice COUNT 1 STREAMS s 1-1
      XREADGROUP GROUP g alice STREAMS s 9
      XREADGROUP GROUP g alice STREAMS s 18446744073709551615-18446744073709551615
      XREADGROUP GROUP g alice STREAMS s >
      XREADGROUP GROUP g alice STREAMS s $
      XREADGROUP GROUP g alice STREAMS s -
      XREADGROUP GROUP g alice STREAMS s
      XREADGROUP GROUP g alice STREAMS s t >
      XREADGROUP GROUP g alice COUNT 1 STREAMS s none > >
      XREADGROUP GROUP none alice STREAMS s >
      XREADGROUP GROUP g alice COUNT x STREAMS s >
      XREADGROUP GROUP g alice BLOCK x STREAMS s >
      XREADGROUP GROUP g alice BLOCK -1 STREAMS s >
      XREADGROUP COUNT 1 COUNT 2 NOACK STREAMS s >
      XREADGROUP GROUP g alice NOACK BAD s >
      XREADGROUP GROUP h carol NOACK COUNT 2 STREAMS s >
      XREADGROUP GROUP h carol STREAMS s 0
      XREADGROUP GROUP g alice STREAMS s s > 0
      XINFO STREAM s FULL
      XINFO GROUPS s
      XINFO CONSUMERS s g
      XINFO CONSUMERS s none
      XINFO CONSUMERS none g
      XINFO GROUPS none
      XINFO STREAM none
      XINFO STREAM s BAD
      XINFO STREAM s FULL COUNT
      XINFO STREAM s FULL COUNT x
      XINFO STREAM s FULL COUNT 1
      XINFO STREAM s FULL COUNT -1
      XINFO STREAM s FULL COUNT 0
      XINFO BAD s
      XPENDING s g
      XPENDING s h
      XPENDING s none
      XPENDING none g
      XPENDING s g - + 10
      XPENDING s g - + 10 alice
      XPENDING s g - + 10 none
      XPENDING s g - + 0
      XPENDING s g - + -1
      XPENDING s g (1-1 (5-1 10
      XPENDING s g x + 10
      XPENDING s g - x 10
      XPENDING s g - + x
      XPENDING s g - +
      XPENDING s g IDLE 0 - + 10
      XPENDING s g IDLE 100000000 - + 10
      XPENDING s g IDLE x - + 10
      XPENDING s g IDLE 0 - +
      XPENDING s g IDLE 0 - + 10 bob
      XPENDING s g - + 10 bob more
      XPENDING s g - + 10 bob more and more
      XACK s g 1-1 1-1 9-9
      XACK s g x
      XACK s g 2-1 x
      XACK s none x
      XACK none g x
      XDEL s 2-1
      XREADGROUP GROUP g alice STREAMS s 0
      XGROUP SETID s g 0
      XREADGROUP GROUP g bob STREAMS s >
      XPENDING s g - + 10
      XGROUP SETID s g $
      XGROUP SETID s g + ENTRIESREAD 7
      XGROUP SETID s g - ENTRIESREAD -1
      XGROUP SETID s g x
      XGROUP SETID s g 1 BAD
      XGROUP SETID s g 1 ENTRIESREAD 1 ENTRIESREAD 2
      XGROUP SETID s none 1
      XGROUP SETID none g 1
      XINFO GROUPS s
      XGROUP CREATECONSUMER s g dave
      XGROUP CREATECONSUMER s g dave
      XGROUP CREATECONSUMER s none dave
      XGROUP CREATECONSUMER none g dave
      XGROUP DELCONSUMER s g bob
      XGROUP DELCONSUMER s g bob
      XGROUP DELCONSUMER s none bob
      XPENDING s g
      XGROUP DESTROY s h
      XGROUP DESTROY s h
      XGROUP DESTROY none h
      XINFO STREAM s FULL
      XREAD STREAMS s 2
      XREAD COUNT 1 STREAMS s none s 2 0 $
      XREAD COUNT 0 STREAMS s 0
      XREAD COUNT -5 STREAMS s 0
      XREAD COUNT x STREAMS s 0
      XREAD STREAMS s >
      XREAD STREAMS s
      XREAD STREAMS s s 0
      XREAD NOACK STREAMS s 0
      XREAD GROUP g c STREAMS s 0
      XREAD BAD STREAMS s 0
      XREAD COUNT 1 BLOCK
      XREAD BLOCK x STREAMS s 0
      XREAD BLOCK -1 STREAMS s 0
      XREAD BLOCK 0 STREAMS s 0
      XREAD STREAMS s -
      XREAD STREAMS none x`),
  claiming: callsOf(`
      XGROUP CREATE s g 0 MKSTREAM
      XADD s 1-1 f 1
      XADD s 2-1 f 2
      XADD s 3-1 f 3
      XADD s 4-1 f 4
      XADD s 5-1 f 5
      XADD s 6-1 f 6
      XREADGROUP GROUP g alice COUNT 4 STREAMS s >
      XGROUP CREATECONSUMER s g bob
      XCLAIM s g bob 0 1-1
      XCLAIM s g bob 100000000 2-1
      XCLAIM s g bob -1 2-1 5-1 JUSTID
      XPENDING s g - + 10
      XCLAIM s g bob 0 5-1 FORCE
      XCLAIM s g bob 0 6-1 FORCE JUSTID
      XCLAIM s g bob 0 9-9 FORCE
      XCLAIM s g bob 0 1-1 2-1 RETRYCOUNT 7
      XCLAIM s g bob 0 1-1 RETRYCOUNT 9223372036854775807 JUSTID
      XCLAIM s g bob 0 1-1
      XCLAIM s g bob 0 2-1 RETRYCOUNT -3
      XCLAIM s g bob 0 2-1 IDLE 1000000 JUSTID
      XPENDING s g IDLE 900000 - + 10
      XCLAIM s g alice 900000 2-1
      XCLAIM s g alice 0 2-1 TIME 1
      XCLAIM s g alice 0 2-1 TIME -1
      XCLAIM s g alice 0 2-1 IDLE -1
      XCLAIM s g alice 0 2-1 IDLE 9223372036854775807
      XCLAIM s g alice 0 2-1 LASTID 5-1
      XINFO GROUPS s
      XCLAIM s g alice 0 2-1 LASTID 1-1
      XCLAIM s g alice 0 2-1 LASTID x
      XCLAIM s g alice 0 2-1 LASTID
      XCLAIM s g alice 0 2-1 IDLE x
      XCLAIM s g alice 0 2-1 TIME x
      XCLAIM s g alice 0 2-1 RETRYCOUNT x
      XCLAIM s g alice x 2-1
      XCLAIM s g alice 0 x
      XCLAIM s g alice 0 2-1 x 3-1
      XCLAIM s g alice 0 FORCE
      XCLAIM s none alice 0 2-1
      XCLAIM none g alice 0 2-1
      XCLAIM none g alice x 2-1
      XDEL s 3-1
      XCLAIM s g bob 0 3-1
      XPENDING s g - + 10
      XDEL s 4-1 5-1
      XAUTOCLAIM s g alice 0 0 COUNT 1
      XAUTOCLAIM s g alice 0 1-2 COUNT 2
      XAUTOCLAIM s g alice 0 - COUNT 3 JUSTID
      XAUTOCLAIM s g bob 100000000 -
      XAUTOCLAIM s g bob 0 (1-1
      XPENDING s g - + 10
      XINFO CONSUMERS s g
      XAUTOCLAIM s g bob 0 0 COUNT 0
      XAUTOCLAIM s g bob 0 0 COUNT -1
      XAUTOCLAIM s g bob 0 0 COUNT x
      XAUTOCLAIM s g bob 0 0 COUNT 9223372036854775807
      XAUTOCLAIM s g bob 0 0 COUNT
      XAUTOCLAIM s g bob 0 0 BAD
      XAUTOCLAIM s g bob x 0
      XAUTOCLAIM s g bob 0 x
      XAUTOCLAIM s g bob 0 +
      XAUTOCLAIM s g bob 0 (18446744073709551615-18446744073709551615
      XAUTOCLAIM s none bob 0 0
      XAUTOCLAIM none g bob 0 0
      XAUTOCLAIM none g bob 0 0 BAD
      XINFO STREAM s FULL`),
  "ids and counts set by hand": callsOf(`
      XADD s 5-5 f v
      XSETID s 5-4
      XSETID s 5-5
      XSETID s 9-9
      XADD s 9-9 f v
      XADD s 10-0 f v
      XSETID s 10-0 ENTRIESADDED 1
      XSETID s 10-0 ENTRIESADDED 100
      XSETID s 10-0 ENTRIESADDED -1
      XSETID s 10-0 ENTRIESADDED x
      XSETID s 10-0 ENTRIESADDED 9223372036854775807
      XSETID s 10-0 MAXDELETEDID 11
      XSETID s 10-0 MAXDELETEDID 3-0
      XSETID s 10-0 MAXDELETEDID x
      XSETID s 10-0 MAXDELETEDID
      XSETID s 20-0 MAXDELETEDID 4-0 ENTRIESADDED 50
      XSETID s 20-0 BAD
      XSETID s x
      XSETID s +
      XSETID none 1
      XINFO STREAM s
      XGROUP CREATE s a 0
      XGROUP CREATE s b 5-5
      XGROUP CREATE s c 10-0
      XGROUP CREATE s d $
      XGROUP CREATE s e 7-0
      XGROUP CREATE s f 99-0
      XINFO GROUPS s
      XDEL s 5-5
      XINFO GROUPS s
      XDEL s 10-0
      XINFO GROUPS s
      XINFO STREAM s
      XADD s 100-0 f v
      XADD s 100-18446744073709551615 f v
      XINFO GROUPS s
      XREADGROUP GROUP a c STREAMS s >
      XREADGROUP GROUP f c STREAMS s >
      XINFO GROUPS s
      COPY s t
      XINFO STREAM t FULL
      DEBUG DIGEST-VALUE s t
      DEL s
      XRANGE t - +`),
  "what those learn who watch a stream": underWatch(
    "s",
    "new",
    `
      XADD s 1-1 f v
      XGROUP CREATE s g 0
      XGROUP SETID s g 1-1
      XGROUP SETID s g 0
      XGROUP CREATECONSUMER s g alice
      XREADGROUP GROUP g alice COUNT 1 STREAMS s >
      XADD s 2-1 f v
      XREADGROUP GROUP g bob COUNT 1 STREAMS s >
      XCLAIM s g carol 0 2-1
      XAUTOCLAIM s g dave 0 0
      XACK s g 1-1
      XGROUP DELCONSUMER s g dave
      XSETID s 9-9
      XTRIM s MAXLEN 5
      XTRIM s MAXLEN 1
      XDEL s 9-9
      XDEL s 2-1
      XGROUP DESTROY s g
      XGROUP CREATE new g 0 MKSTREAM
      XADD s NOMKSTREAM 10-1 f v`,
  ),
};

besideRedis(SETTINGS, showReply, (family) => {
  family.testConversations(conversations);

  family.testAnyCalls([1, 2, 3], (random) => draw(new StreamCalls(random), 4000).filter(isKnown));

  const each = Object.values(conversations).map((one): Call[] => [["FLUSHALL"], ...one]);
  family.testPropagation(
    (random) => [...each.flat(), ...draw(new StreamCalls(random), 3000)].filter(isRepeatable),
    showEffect,
  );
});

/** To read the last entry by `+` is new in 7.4. */
function isKnown(call: Call): boolean {
  return !(String(call[0]).startsWith("XREAD") && call.includes("+"));
}

/** An id of the moment is another on another server. */
function isRepeatable(call: Call): boolean {
  return !call.includes("*");
}

/**
 * An effect for comparison, or null where the oracle has none. Redis 7.0 does not tell its replicas how many entries a
 * group has read, unless it is read with NOACK, so that theirs count otherwise; it does since 7.4, and so do we. The limit
 * of a trimming has been applied when it is recorded. An id that was claimed is recorded in full.
 */
function showEffect(line: string): string | null {
  if (/^(MULTI$|EXEC$|XGROUP SETID .* ENTRIESREAD )/s.test(line)) return null;
  return line
    .replace(/^(XCLAIM .* 0 \d+)( TIME)/s, "$1-0$2")
    .replace(/ TIME \d+/, " TIME")
    .replace(/ LIMIT -?\d+/i, "");
}
