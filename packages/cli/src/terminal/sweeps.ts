/** The comparison of two sweeps for people: bits, finals, and what was another in the second. */
import { chanceText } from '@isograd/core/compare'
import type { SweepComparison } from '../documents/sweep-compare.js'
import { plural, wrap } from '../text/layout.js'
import { formatCount } from '../text/numbers.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'
import { apartText, firstLines, settingsText, withinText } from './sweep.js'
import { verdictText } from './verdict.js'

/** The lines of the report. */
export function sweepsReport(style: TerminalStyle, comparison: SweepComparison): string[] {
  const { directories, trainings, equal, alone, bits, environments, apart, chance, verdict } = comparison
  const [first, second] = directories.map(printable) as [string, string]
  const lines = [
    `${first} and ${second}: ${plural(trainings, 'training')} in both, of which ${formatCount(equal)} equal bit for bit`,
    ...environments.map(({ name, values: [a, b] }) => `  ${name}: ${a} and ${b}`),
    ...firstLines(equal === 0 ? [] : bits, ({ settings, arm, backend, trainings: all, differing }) => {
      return `  ${settingsText(settings, arm)}, ${backend}: ${differing} of ${plural(all, 'training')} differ in bits`
    }),
    `finals of ${withinText(comparison)}`,
    ...firstLines(apart, apartText),
    ...(comparison.combinations > 1 ? [chanceText(chance)] : []),
    ...alone.flatMap((count, i) => (count > 0 ? [`only in ${directories[i]}: ${plural(count, 'training')}`] : [])),
  ]
  const shared = alone.some((count) => count > 0) ? ` in the ${plural(trainings, 'training')} that both have` : ''
  return [...lines.flatMap((line) => wrapped(style, printable(line))), '', verdictText(style, verdict) + shared]
}

/** A line within the width; its indentation is kept. */
function wrapped(style: TerminalStyle, line: string): string[] {
  const indent = line.length - line.trimStart().length
  const [head = '', ...rest] = wrap(style, line.trim(), indent + 2)
  return [`${' '.repeat(indent)}${head}`, ...rest]
}
