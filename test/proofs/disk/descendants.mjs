/** Processes that a process has started, and those that they have, as Linux tells of them. */
import { readdirSync, readFileSync } from 'node:fs'

function textOf(path) {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** The number of a process and that of its parent, which stands behind the name in parentheses and the state. */
function pairOf(pid) {
  const stat = textOf(`/proc/${pid}/stat`)
  return [pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]
}

/** Numbers of processes below one whose command line has a word in it. */
export function descendantsOf(pid, word) {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const pairs = numbers.map((name) => pairOf(Number(name)))
  const below = (parent) => pairs.flatMap(([own, its]) => (its === parent ? [own, ...below(own)] : []))
  return below(pid).filter((each) => textOf(`/proc/${each}/cmdline`).includes(word))
}
