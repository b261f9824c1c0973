/** The geo commands, call by call beside a real Redis. */
import { test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { besideRedis, type Conversations, callsOf, draw, type ShowReply } from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { GeoCalls } from "./geo-calls.ts";

/** Small, so that sorted sets of both kinds are met. */
const SETTINGS = { "zset-max-listpack-entries": 6, "zset-max-listpack-value": 20 };

/**
 * Distances that are stored have all their digits, and the last bit is C's library's, which is one in a thousand times
 * not the nearest: they are compared to 15 digits, and texts of scores by value.
 */
const showReply: ShowReply = (call, reply) => {
  const text = show(reply);
  if (!String(call[0]).toUpperCase().startsWith("ZRANGE")) return text;
  return text.replace(/-?\d+(\.\d+)?(e[+-]\d+)?/g, (score) => String(Number(Number(score).toPrecision(15))));
};

const conversations: Conversations = {
  "adding and asking": callsOf(`
      GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
      GEOADD Sicily 13.361389 38.115556 Palermo
      GEOADD Sicily CH 13.4 38.1 Palermo 12 37 Marsala
      GEOADD Sicily XX CH 13.5 38.1 Palermo 12 37 Trapani
      GEOADD Sicily NX CH 13.6 38.1 Palermo 12.5 37.9 Trapani
      GEOADD Sicily NX XX 13 38 x
      GEOADD none XX 13 38 x
      GEOADD Sicily 13 38
      GEOADD Sicily nx ch nx
      GEOADD Sicily 13 38 x 13
      GEOADD Sicily x 38 x
      GEOADD Sicily 13 x x
      GEOADD Sicily 181 38 x
      GEOADD Sicily 13 86 x
      GEOADD Sicily 13 38 x 181 38 y
      GEOADD Sicily -200.0078125 200.0234375 x
      GEOADD Sicily inf 1e30 x
      GEOADD Sicily GT 13 38 x
      ZRANGE Sicily 0 -1 WITHSCORES
      GEOPOS Sicily Palermo none Catania
      GEOPOS none Palermo
      GEOPOS Sicily
      GEOHASH Sicily Palermo none Catania
      GEOHASH none Palermo
      GEOHASH Sicily
      GEODIST Sicily Palermo Catania
      GEODIST Sicily Palermo Catania km
      GEODIST Sicily Palermo Catania MI
      GEODIST Sicily Palermo Catania ft
      GEODIST Sicily Palermo Catania x
      GEODIST Sicily Palermo Catania m m
      GEODIST Sicily Palermo none
      GEODIST Sicily Palermo Palermo
      GEODIST none Palermo none
      GEODIST none Palermo none x
      SET text x
      GEOADD text 13 38 x
      GEOADD text 181 38 x
      GEOPOS text x
      GEOHASH text x
      GEODIST text x y
      GEOSEARCH text FROMLONLAT 1 1 BYRADIUS 1 m
      GEORADIUS text 1 1 1 m
      GEORADIUSBYMEMBER text x 1 m
      GEOSEARCHSTORE d text FROMLONLAT 1 1 BYRADIUS 1 m`),
  searching: callsOf(`
      GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 17.241510 38.788135 edge2
      GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km DESC WITHHASH
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km WITHDIST
      GEOSEARCH g FROMMEMBER none BYRADIUS 200 km
      GEOSEARCH none FROMMEMBER none BYRADIUS 200 km
      GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 200 km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km BYBOX 1 1 km
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1 km BYRADIUS 200 km
      GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 1 km
      geosearch g BYRADIUS 200 km ASC DESC ASC
      geosearch g FROMMEMBER Palermo ASC DESC ASC
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km STORE d
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km STOREDIST
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 0
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT x
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km ANY
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 1
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1000 km COUNT 2 DESC WITHDIST
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1000 km COUNT 1 ANY
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS x km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS -1 km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 yd
      GEOSEARCH g FROMMEMBER Palermo BYBOX x 1 km
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1 x km
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1 -1 km
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1 yd
      GEOSEARCH g FROMMEMBER Palermo BYBOX 0 0 m WITHDIST
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS inf m WITHDIST
      GEOSEARCH g FROMMEMBER Palermo BYBOX inf inf m WITHDIST
      GEOSEARCH g FROMMEMBER Palermo BYBOX inf 1 m
      GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH ASC
      GEORADIUS g 15 37 200 km STORE d STOREDIST e
      GEORADIUS g 15 37 200 km STOREDIST d WITHDIST
      GEORADIUS g 15 37 200 km STORE
      GEORADIUS g 15 x 200 km
      GEORADIUS g 15 99 x km
      GEORADIUS_RO g 15 37 200 km STORE d
      GEORADIUSBYMEMBER g Palermo 200 km STORE d
      GEORADIUSBYMEMBER g none 200 km STORE d
      GEORADIUSBYMEMBER none none x km STORE d
      EXISTS d
      GEORADIUSBYMEMBER none none x km BAD
      GEORADIUSBYMEMBER_RO g Palermo 1000 km DESC
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km ASC COUNT 3
      ZRANGE d 0 -1 WITHSCORES
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km STOREDIST
      ZRANGE d 0 -1 WITHSCORES
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km WITHDIST
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 0 0 km
      EXISTS d
      GEOSEARCHSTORE g g FROMLONLAT 15 37 BYRADIUS 200 km
      ZRANGE g 0 -1
      OBJECT ENCODING g
      GEOSEARCHSTORE g none FROMLONLAT 15 37 BYRADIUS 200 km
      EXISTS g`),
  "edges of the map": callsOf(`
      GEOADD e 180 85.05112878 corner -180 -85.05112878 other 180 0 east -180 0 west 0 85.05112878 north 0 0 middle
      GEOADD e 179.9999 0.0001 near -179.9999 0.0001 far
      ZRANGE e 0 -1 WITHSCORES
      GEOPOS e corner other east west north middle
      GEOHASH e corner other east west north middle
      GEODIST e east west
      GEODIST e corner other
      GEODIST e east middle
      GEODIST e near far
      GEOSEARCH e FROMMEMBER near BYRADIUS 100 km ASC WITHDIST
      GEOSEARCH e FROMLONLAT 180 0 BYBOX 100 100 km ASC WITHDIST
      GEOSEARCH e FROMLONLAT -180 0 BYBOX 100 100 km ASC WITHHASH
      GEOSEARCH e FROMLONLAT 180 85.05112878 BYRADIUS 5000 km ASC WITHDIST
      GEOSEARCH e FROMLONLAT 0 0 BYRADIUS 30000 km ASC WITHDIST WITHHASH
      ZADD e -1 a 1.5 b 1e19 c -1e19 d inf f -inf g 18446744073709551616 h 9007199254740994 i
      GEOPOS e a b c d f g h i
      GEOHASH e a b c d f g h i
      GEOSEARCH e FROMLONLAT 0 0 BYRADIUS 30000 km WITHHASH
      GEODIST e a b
      GEODIST e c f`),
};

besideRedis(SETTINGS, showReply, (family) => {
  family.testConversations(conversations);

  // The digest at the end would have the digits of distances.
  family.testAnyCalls([1, 2, 3], (random) => [...draw(new GeoCalls(random), 3000), ["FLUSHALL"]]);

  test("many positions, all over the map and close together", async () => {
    const random = new Prng(4);
    const calls: Call[] = [];
    const within = (middle: number, reach: number): number => middle + (random.below(2e6) / 1e6 - 1) * reach;
    for (let index = 0; index < 3000; index++) {
      const isNear = index % 2 === 0;
      const position = isNear ? [within(2.35, 0.2), within(48.85, 0.2)] : [within(0, 180), within(0, 85)];
      calls.push(["GEOADD", "world", ...position, `member:${index}`]);
    }
    const options = ["WITHDIST", "WITHCOORD", "WITHHASH"];
    for (let index = 0; index < 150; index++) {
      const isNear = index % 2 === 0;
      const center = isNear ? [within(2.35, 0.2), within(48.85, 0.2)] : [within(0, 180), within(0, 85)];
      const radius = isNear ? within(5, 5) : within(3000, 3000);
      const from = ["FROMLONLAT", ...center];
      calls.push(["GEOSEARCH", "world", ...from, "BYRADIUS", radius, "km"]);
      calls.push(["GEOSEARCH", "world", ...from, "BYRADIUS", radius, "mi", "ASC", options[index % 3]]);
      calls.push(["GEOSEARCH", "world", ...from, "BYBOX", radius, 2 * radius, "km", "WITHDIST"]);
      calls.push(["GEOSEARCH", "world", ...from, "BYRADIUS", radius, "km", "COUNT", 10, "DESC", "WITHDIST"]);
      calls.push(["GEOSEARCH", "world", ...from, "BYRADIUS", radius, "km", "COUNT", 7, "ANY"]);
      calls.push(["GEODIST", "world", `member:${2 * index}`, `member:${index}`, "km"]);
      calls.push(["GEOPOS", "world", `member:${index}`], ["GEOHASH", "world", `member:${index}`]);
    }
    await family.compare(calls, 2);
  });

  family.testPropagation((random) => [...Object.values(conversations).flat(), ...draw(new GeoCalls(random), 2000)]);
});
