/** The kinds of which there is one parameter each: lists with a grammar of their own, and the working directory. */
import { asciiBytes, formatDouble, parseDouble } from "../../base/text.ts";
import {
  CLASS_EVICTED,
  CLASS_EXPIRED,
  CLASS_GENERIC,
  CLASS_HASH,
  CLASS_KEY_MISS,
  CLASS_LIST,
  CLASS_MODULE,
  CLASS_NEW,
  CLASS_SET,
  CLASS_STREAM,
  CLASS_STRING,
  CLASS_ZSET,
} from "../../keyspace/key-events.ts";
import { bytesOfText, lowerAscii, upToNul } from "./byte-text.ts";
import { type Kind, plainLine, quotedLine, refused, stored, WRONG_COUNT } from "./kind.ts";
import { memoryText, readLooseInteger, readMemory } from "./numbers.ts";
