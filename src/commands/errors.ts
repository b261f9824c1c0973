/** Error texts that more than one command gives, to the byte as Redis words them. */
export const SYNTAX_ERROR = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const NOT_AN_INT32 = "ERR value is out of range, value must between -2147483648 and 2147483647";
/** The least 64-bit integer, where the opposite of an argument is needed. */
export const NOT_REVERSIBLE =
  "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
export const NOT_POSITIVE = "ERR value is out of range, must be positive";
export const NO_KEYS = "ERR numkeys should be greater than 0";
export const NEGATIVE_LIMIT = "ERR LIMIT can't be negative";
export const NOT_A_FLOAT = "ERR value is not a valid float";
export const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
export const INCREMENT_OVERFLOW = "ERR increment or decrement would overflow";
export const DATABASE_OUT_OF_RANGE = "ERR DB index is out of range";
export const NO_SUCH_KEY = "ERR no such key";

export function wrongArity(fullName: string): string {
  return `ERR wrong number of arguments for '${fullName}' command`;
}

export function invalidExpireTime(command: string): string {
  return `ERR invalid expire time in '${command}' command`;
}
