/** Numbers and names as ASCII bytes: one door to the files that read and write them. */

export { asciiBytes, equalsIgnoreCase, latin1Text, utf8Bytes } from "./ascii.ts";
export { formatDouble, formatDouble17, parseDouble } from "./double-text.ts";
export {
  addInt64,
  digits10,
  Int64,
  type Int64Result,
  parseInt64,
  parseSafeInt,
  writeInt,
  writeInt64,
} from "./int-text.ts";
