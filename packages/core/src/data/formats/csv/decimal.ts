/** Decimal numbers in bytes of text, read without a string in between. */

/** Powers of ten that float64 holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power)
const MOST_DIGITS = 15
const [ZERO, PLUS, MINUS, SPACE, LOWER_E, CASE_BIT] = [0x30, 0x2b, 0x2d, 0x20, 0x65, 0x20] as const

/** The text between two places, every byte a character. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(Number(bytes[i]))
  return text
}

/** The number of a text too long for the exact way; its form is known to be right. */
function longDecimal(bytes: Uint8Array, start: number, end: number, point: number): number {
  return Number(latin1(bytes, start, end).replace(String.fromCharCode(point), '.'))
}

/**
 * The float64 nearest to the decimal number in `bytes` from `start` to `end`, spaces around it allowed; NaN for what is no
 * number. Up to 15 digits and 22 powers of ten the mantissa and the power are exact, so that one operation rounds once;
 * what is longer is left to the language.
 * @param point the byte that parts whole and fraction.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number, point: number): number {
  while (start < end && bytes[start] === SPACE) start++
  while (end > start && bytes[end - 1] === SPACE) end--
  let i = start
  const isNegative = bytes[i] === MINUS
  if (isNegative || bytes[i] === PLUS) i++
  const first = i
  let mantissa = 0
  for (let digit; i < end && (digit = ((bytes[i] as number) - ZERO) >>> 0) <= 9; i++) mantissa = mantissa * 10 + digit
  let [digits, exponent] = [i - first, 0]
  if (i < end && bytes[i] === point) {
    const from = ++i
    for (let digit; i < end && (digit = ((bytes[i] as number) - ZERO) >>> 0) <= 9; i++) mantissa = mantissa * 10 + digit
    exponent = from - i
    digits -= exponent
  }
  if (digits === 0) return NaN
  if (i < end) {
    const power = parsePower(bytes, i, end)
    if (power === undefined) return NaN
    exponent += power
  }
  if (digits > MOST_DIGITS || exponent > 22 || exponent < -22) return longDecimal(bytes, start, end, point)
  const value = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number)
  return isNegative ? -value : value
}

/** The power of ten in `e-3`, which must end where the number does; undefined for anything else. */
function parsePower(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (((bytes[start] as number) | CASE_BIT) !== LOWER_E) return undefined
  const [sign, from] =
    bytes[start + 1] === MINUS ? [-1, start + 2] : [1, bytes[start + 1] === PLUS ? start + 2 : start + 1]
  let power = 0
  let i = from
  for (let digit; i < end && (digit = ((bytes[i] as number) - ZERO) >>> 0) <= 9; i++) power = power * 10 + digit
  return i === from || i !== end ? undefined : sign * power
}
