/** Text from outside, fit to be shown: what would steer the place where it is shown comes out as text. */

// oxlint-disable-next-line no-control-regex -- control characters are what is shown
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/**
 * Text with the characters that would steer a terminal, break a line or turn its direction written out, as `\u001b` is:
 * C0 and C1 controls, DEL, separators of lines and bidirectional controls.
 * @param spared characters that stay.
 */
export function visible(text: string, spared?: RegExp): string {
  return text.replace(HIDDEN, (character) => {
    if (spared?.test(character) === true) return character
    const escaped = JSON.stringify(character).slice(1, -1)
    return escaped.length > 1 ? escaped : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** The message of whatever a library or a backend has thrown, in one line. */
export function thrownText(thrown: unknown): string {
  try {
    const told: unknown = thrown instanceof Error ? thrown.message : thrown
    return visible(String(told))
  } catch {
    return `a value of the type ${typeof thrown}`
  }
}
