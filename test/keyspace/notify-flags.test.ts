import fc from "fast-check";
import { expect, test } from "vitest";
import { CLASS_KEY_MISS, CLASS_NEW, CLASS_STRING } from "../../src/keyspace/key-events.ts";
import { NOTIFY_KEYEVENT, NOTIFY_KEYSPACE, notifyBits, notifyLetters } from "../../src/keyspace/notify-flags.ts";

test.each([
  ["", ""],
  ["KEA", "AKE"],
  ["g$lshzxetd", "A"],
  ["K$", "$K"],
  ["Em", "Em"],
  ["nE", "nE"],
  ["AnmEK", "AKEm"],
  ["KKK$$", "$K"],
])("%j is shown as %j", (given, shown) => {
  expect(notifyLetters(notifyBits(given))).toBe(shown);
});

test("letters are bits", () => {
  expect(notifyBits("K$Em")).toBe(NOTIFY_KEYSPACE | NOTIFY_KEYEVENT | CLASS_STRING | CLASS_KEY_MISS);
  expect(notifyBits("A") & (CLASS_KEY_MISS | CLASS_NEW)).toBe(0);
});

test.each(["B", "KEAo", "a", " ", "K E"])("%j means nothing", (letters) => {
  expect(notifyBits(letters)).toBe(-1);
});

test("what is shown means what was given, but for n with all classes", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."Ag$lshzxeKEtmdn")), (letters) => {
      const bits = notifyBits(letters.join(""));
      const again = notifyBits(notifyLetters(bits));
      const hidden = again & notifyBits("A") ? CLASS_NEW : 0;
      expect(again | hidden).toBe(bits | hidden);
    }),
    { seed: 1 },
  );
});
