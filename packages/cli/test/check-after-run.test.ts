/** The check that a run tells to go on with, against the options that both commands have. */
import { checkCommand } from '@isograd/report'
import { expect, it } from 'vitest'
import { verb as check } from '../src/commands/check.js'
import { verb as run } from '../src/commands/run.js'
import { globalFlags } from '../src/input/global-flags.js'
import { entryOf } from '../src/input/options.js'

const flagsOf = (verb: typeof run): string[] => verb.options.map((taken) => entryOf(taken).flags)
const nameOf = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? ''
const known = flagsOf(check).map(nameOf)

it.each([...flagsOf(run), ...Object.values(globalFlags).map(({ flags }) => flags)])(
  'has the experiment behind %s, and that only where a check takes it',
  (flags) => {
    const words = [nameOf(flags), ...(flags.includes('<') ? ['1'] : [])]
    const told = checkCommand(['isograd', 'run', ...words, 'tiny'])
    const kept = known.includes(nameOf(flags)) ? [`isograd check ${words.join(' ')} tiny`] : []
    expect(['isograd check tiny', ...kept]).toContain(told)
  },
)
