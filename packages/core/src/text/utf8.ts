/** Text from bytes that must be UTF-8: what is not is told of, and never replaced in silence. */

function decode(bytes: Uint8Array, stream: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream })
  } catch {
    return undefined
  }
}

/** The number of bytes from the start on that are text, but for a character that is cut off. */
function wholeUpTo(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (decode(bytes.subarray(0, middle), true) === undefined) bad = middle
    else good = middle
  }
  return good
}

/** The text of bytes, without a byte-order mark. @param fail refuses what is no UTF-8, in words that say where. */
export function utf8Text(bytes: Uint8Array, fail: (problem: string) => never): string {
  const text = decode(bytes, false)
  if (text !== undefined) return text
  const [first, second] = bytes
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  if (isWide) return fail('expected text in UTF-8, got UTF-16; save the file as UTF-8')
  const at = wholeUpTo(bytes)
  const byte = bytes[at]?.toString(16).padStart(2, '0')
  return fail(`expected text in UTF-8, got other bytes at offset ${at} (0x${byte}); save the file as UTF-8`)
}
