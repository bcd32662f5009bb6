/** Options of the verbs that check versions of a runtime. */
import { checkedOptions, names, option, type TakenOption } from './options.js'

/** The package whose versions are checked. */
export const surveyedPackage: TakenOption = {
  ...option('--package <name>', 'the package of the runtime, as npm knows it'),
  required: true,
}

/** The check that each version goes through. */
export const surveyOptions: readonly TakenOption[] = [
  option('--check <what>', 'ops, a preset or an experiment file; ops unless given'),
  option('--only <patterns>', 'of --check ops only these cases; may be given several times', names),
  ['backend', 'the backend that computes with the package'],
  'arm',
  ...checkedOptions,
]
