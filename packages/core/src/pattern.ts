/** Patterns of names, told without a regular expression: the steps of one grow without limit with the `*` in it. */

/**
 * True where a pattern, in which `*` stands for any text, is that of a name.
 * @param one the character that stands for any one, if there is one.
 */
export function isMatch(pattern: string, name: string, one = ''): boolean {
  let [at, place] = [0, 0]
  /** The last `*`, and where its text ends so far; all that stand before it match. */
  let [star, end] = [-1, 0]
  while (place < name.length) {
    if (pattern[at] === '*') {
      star = at++
      end = place
    } else if (pattern[at] === name[place] || pattern[at] === one) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++end
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}
