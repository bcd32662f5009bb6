/** Decimal numbers in bytes of text, read without a string in between. */

/** Powers of ten that float64 holds exactly. */
const POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power)
const MOST_DIGITS = 15
const [ZERO, NINE, PLUS, MINUS, SPACE, LOWER_E, CASE_BIT] = [0x30, 0x39, 0x2b, 0x2d, 0x20, 0x65, 0x20] as const

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
  let mantissa = 0
  let [digits, exponent, seen, afterPoint] = [0, 0, 0, 0]
  for (; i < end; i++) {
    const byte = bytes[i] as number
    if (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO)
      if (mantissa > 0) digits++
      exponent -= afterPoint
      seen++
    } else if (byte === point && afterPoint === 0) afterPoint = 1
    else break
  }
  if (seen === 0) return NaN
  if (i < end && ((bytes[i] as number) | CASE_BIT) === LOWER_E) {
    const [sign, from] = bytes[i + 1] === MINUS ? [-1, i + 2] : [1, bytes[i + 1] === PLUS ? i + 2 : i + 1]
    let power = 0
    for (i = from; i < end && (bytes[i] as number) >= ZERO && (bytes[i] as number) <= NINE; i++) {
      power = power * 10 + ((bytes[i] as number) - ZERO)
    }
    if (i === from) return NaN
    exponent += sign * power
  }
  if (i !== end) return NaN
  if (digits > MOST_DIGITS || exponent > 22 || exponent < -22) return longDecimal(bytes, start, end, point)
  const value = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number)
  return isNegative ? -value : value
}
