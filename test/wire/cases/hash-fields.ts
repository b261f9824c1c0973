/** Fields of hashes that go by themselves. */
import { expect } from "vitest";
import { ask, infoField, type WireCase } from "../environment.ts";

const FIELDS = 20_000;
const BATCH = 1000;

export const hashFieldCases: readonly WireCase[] = [
  {
    name: "fields of hashes go on time without being read",
    needs: { virtual: "time is real here" },
    async run(wire) {
      const client = await wire.connect();
      for (let first = 0; first < FIELDS; first += BATCH) {
        const pairs = Array.from({ length: BATCH }, (_, index) => [`f${first + index}`, "v"]).flat();
        await client.call("HSETEX", "large", "EX", 60, "FIELDS", BATCH, ...pairs);
      }
      await ask(client, "HSET large stays v");
      await ask(client, "HSETEX small EX 60 FIELDS 2 a 1 b 2");
      await ask(client, "HSETEX later EX 600 FIELDS 1 a 1");
      await wire.sleep(59_000);
      expect(await infoField(client, "expired_subkeys")).toBe("0");
      expect(await infoField(client, "db0")).toMatch(/^keys=3,expires=0,avg_ttl=0,subexpiry=3$/);
      await wire.sleep(5000);
      expect(await infoField(client, "expired_subkeys")).toBe(String(FIELDS + 2));
      expect(await infoField(client, "db0")).toMatch(/^keys=2,expires=0,avg_ttl=0,subexpiry=1$/);
      expect(await ask(client, "HLEN large")).toBe(":1");
      await wire.sleep(600_000);
      expect(await infoField(client, "db0")).toMatch(/^keys=1,expires=0,avg_ttl=0,subexpiry=0$/);
      client.destroy();
    },
  },
];
