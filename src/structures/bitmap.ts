/**
 * Work on the bits of long strings: counting them, finding one, combining strings.
 *
 * A string comes in runs (`string-reader.ts`), each a stretch of bytes anywhere in some buffer. The bytes up to the next
 * multiple of four go one by one, then whole words through an Int32Array, then the rest: what a run of a gigabyte costs
 * is what its words cost. Bits count from the most significant of a byte, as everywhere in these commands; within a word
 * their order matters only where the first byte that is different has to be found, and that is looked at byte by byte.
 *
 * Counting. A processor has an instruction for it that JavaScript does not reach. Adding the bits of one word takes a
 * dozen operations; so eight words are first added as 32 binary counters side by side (carry-save adders: a full adder
 * for each bit is five operations on a word), and only what overflows from the third place is counted, once for eight
 * words (Harley and Seal; see Muła, Kurz, Lemire, "Faster population counts using AVX2 instructions",
 * arXiv:1611.07612). That is six operations a word: 100 MB in some 40 ms. Groups of sixteen words would do with fewer,
 * but more of them than there are registers: they are slower by half.
 */

const WORD_BYTES = 4;
/** Words a slice of counting takes: its count fits an int32. */
const SLICE_WORDS = 1 << 20;
const GROUP_WORDS = 8;

/** Bits that are 1 in a word. */
export function bitsOfWord(word: number): number {
  let sum = (word - ((word >>> 1) & 0x55555555)) | 0;
  sum = ((sum & 0x33333333) + ((sum >>> 2) & 0x33333333)) | 0;
  sum = (sum + (sum >>> 4)) & 0x0f0f0f0f;
  return Math.imul(sum, 0x01010101) >>> 24;
}

/** Bytes in front of the first whole word of a run, at most `length`. */
function headBytes(bytes: Uint8Array, start: number, length: number): number {
  return Math.min(length, -(bytes.byteOffset + start) & (WORD_BYTES - 1));
}

/** The whole words of a run: a view that begins at a multiple of four. */
function wordsAt(bytes: Uint8Array, start: number, length: number): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset + start, length >>> 2);
}

/** Runs shorter than this go byte by byte: a view of their words would cost more than it saves. */
const VIEWED_BYTES_MIN = 64;

/** Bits that are 1 in a run of bytes. */
export function countBits(bytes: Uint8Array, start: number, length: number): number {
  if (length < VIEWED_BYTES_MIN) return countBytes(bytes, start, start + length);
  const head = headBytes(bytes, start, length);
  const words = wordsAt(bytes, start + head, length - head);
  let count = countBytes(bytes, start, start + head);
  for (let at = 0; at < words.length; at += SLICE_WORDS) {
    count += countWords(words, at, Math.min(words.length, at + SLICE_WORDS));
  }
  return count + countBytes(bytes, start + head + words.length * WORD_BYTES, start + length);
}

function countBytes(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  let at = start;
  for (; at + WORD_BYTES <= end; at += WORD_BYTES) {
    count += bitsOfWord(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  }
  for (; at < end; at++) count += bitsOfWord(bytes[at]);
  return count;
}

function countWords(words: Int32Array, start: number, end: number): number {
  const groupsEnd = end - ((end - start) % GROUP_WORDS);
  let count = groupsEnd > start ? countGroups(words, start, groupsEnd) : 0;
  for (let at = groupsEnd; at < end; at++) count += bitsOfWord(words[at]);
  return count;
}

/**
 * Eight words at a time. `ones`, `twos` and `fours` are the places of 32 counters; `u` is what a full adder needs twice,
 * `l` a sum of ones, `t` one of twos.
 */
function countGroups(words: Int32Array, start: number, end: number): number {
  let ones = 0;
  let twos = 0;
  let fours = 0;
  let eights = 0;
  for (let at = start; at < end; at += GROUP_WORDS) {
    const w0 = words[at];
    const w1 = words[at + 1];
    const w2 = words[at + 2];
    const w3 = words[at + 3];
    const w4 = words[at + 4];
    const w5 = words[at + 5];
    const w6 = words[at + 6];
    const w7 = words[at + 7];
    let u = ones ^ w0;
    const twosA = (ones & w0) | (u & w1);
    let l = u ^ w1;
    u = l ^ w2;
    const twosB = (l & w2) | (u & w3);
    l = u ^ w3;
    u = twos ^ twosA;
    const foursA = (twos & twosA) | (u & twosB);
    const t = u ^ twosB;
    u = l ^ w4;
    const twosC = (l & w4) | (u & w5);
    l = u ^ w5;
    u = l ^ w6;
    const twosD = (l & w6) | (u & w7);
    ones = u ^ w7;
    u = t ^ twosC;
    const foursB = (t & twosC) | (u & twosD);
    twos = u ^ twosD;
    u = fours ^ foursA;
    eights = (eights + bitsOfWord((fours & foursA) | (u & foursB))) | 0;
    fours = u ^ foursB;
  }
  return 8 * eights + 4 * bitsOfWord(fours) + 2 * bitsOfWord(twos) + bitsOfWord(ones);
}

/**
 * Finds the first byte of a run that is not `other`, which is 0 or 255.
 * @returns its distance from the start; `length` when there is none.
 */
export function findOtherByte(bytes: Uint8Array, start: number, length: number, other: number): number {
  const head = headBytes(bytes, start, length);
  let at = 0;
  while (at < head && bytes[start + at] === other) at++;
  if (at < head) return at;
  if (length - head >= VIEWED_BYTES_MIN) {
    at += WORD_BYTES * findOtherWord(wordsAt(bytes, start + head, length - head), other === 0 ? 0 : -1);
  }
  while (at < length && bytes[start + at] === other) at++;
  return at;
}

/** Four words at a time. @returns the index of a group that has another word, or where less than a group is left. */
function findOtherWord(words: Int32Array, other: number): number {
  const end = words.length & ~3;
  let at = 0;
  if (other === 0) while (at < end && (words[at] | words[at + 1] | words[at + 2] | words[at + 3]) === 0) at += 4;
  else while (at < end && (words[at] & words[at + 1] & words[at + 2] & words[at + 3]) === -1) at += 4;
  return at;
}

/** The number of the first bit of a byte that is `bit`: 0 is the most significant, 8 says there is none. */
export function firstBitOfByte(byte: number, bit: number): number {
  return Math.clz32(bit === 1 ? byte : ~byte & 0xff) - 24;
}

// ---- combining -----------------------------------------------------------------------------------------------------

export const OPERATION_AND = 0;
export const OPERATION_OR = 1;
export const OPERATION_XOR = 2;
export const OPERATION_NOT = 3;

/**
 * Combines `length` bytes with those at `at` of `into`, in place; NOT takes the bytes alone. A source that does not
 * stand in a buffer as `into` does, with regard to whole words, is moved by way of `scratch`, which is at least four
 * bytes longer than `length`.
 */
export function combineBits(
  operation: number,
  into: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  length: number,
  scratch: Uint8Array,
): void {
  const head = headBytes(into, at, length);
  if (headBytes(source, start, length) !== head && length >= VIEWED_BYTES_MIN) {
    const from = (WORD_BYTES - head - scratch.byteOffset) & (WORD_BYTES - 1);
    scratch.set(source.subarray(start, start + length), from);
    combineBits(operation, into, at, scratch, from, length, scratch);
    return;
  }
  if (length < VIEWED_BYTES_MIN) {
    combineBytes(operation, into, at, source, start, length);
    return;
  }
  const words = (length - head) >>> 2;
  combineBytes(operation, into, at, source, start, head);
  combineWords(operation, wordsAt(into, at + head, length - head), wordsAt(source, start + head, length - head));
  const done = head + words * WORD_BYTES;
  combineBytes(operation, into, at + done, source, start + done, length - done);
}

function combineBytes(
  operation: number,
  into: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    const byte = source[start + i];
    if (operation === OPERATION_AND) into[at + i] &= byte;
    else if (operation === OPERATION_OR) into[at + i] |= byte;
    else if (operation === OPERATION_XOR) into[at + i] ^= byte;
    else into[at + i] = ~byte;
  }
}

/** A loop for each operation, four words a turn: what is chosen outside costs nothing inside. */
function combineWords(operation: number, into: Int32Array, source: Int32Array): void {
  const count = into.length;
  const end = count & ~3;
  let i = 0;
  if (operation === OPERATION_AND) {
    for (; i < end; i += 4) {
      into[i] &= source[i];
      into[i + 1] &= source[i + 1];
      into[i + 2] &= source[i + 2];
      into[i + 3] &= source[i + 3];
    }
    for (; i < count; i++) into[i] &= source[i];
  } else if (operation === OPERATION_OR) {
    for (; i < end; i += 4) {
      into[i] |= source[i];
      into[i + 1] |= source[i + 1];
      into[i + 2] |= source[i + 2];
      into[i + 3] |= source[i + 3];
    }
    for (; i < count; i++) into[i] |= source[i];
  } else if (operation === OPERATION_XOR) {
    for (; i < end; i += 4) {
      into[i] ^= source[i];
      into[i + 1] ^= source[i + 1];
      into[i + 2] ^= source[i + 2];
      into[i + 3] ^= source[i + 3];
    }
    for (; i < count; i++) into[i] ^= source[i];
  } else {
    for (; i < end; i += 4) {
      into[i] = ~source[i];
      into[i + 1] = ~source[i + 1];
      into[i + 2] = ~source[i + 2];
      into[i + 3] = ~source[i + 3];
    }
    for (; i < count; i++) into[i] = ~source[i];
  }
}
