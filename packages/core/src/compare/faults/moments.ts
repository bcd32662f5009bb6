/** When a scan goes wrong: in which of its steps, in scans of which length, in which of the calls. */
import type { StepSeen } from './altered-scans.js'
import type { Site } from './fault.js'

/** Steps in which a fault is there. */
export interface Moment {
  readonly about: string
  readonly holds: (step: StepSeen) => boolean
  /** Only scans of several steps are wrong. */
  readonly isOfScans?: boolean
  /** Two runs of one step differ. */
  readonly isLate?: boolean
}

function isLast({ index, count }: StepSeen): boolean {
  return count > 1 && index === count - 1
}

/** Moments by name, drawn for a site; undefined where it has none such. */
export const moments = {
  always: (): Moment => ({ about: 'in every step', holds: () => true }),
  step: ({ random, longestScan }: Site): Moment | undefined => {
    if (longestScan < 2) return undefined
    const at = 1 + random.below(longestScan - 1)
    return { about: `in step ${at} of each scan`, holds: ({ index }) => index === at, isOfScans: true }
  },
  last: ({ longestScan }: Site): Moment | undefined => {
    if (longestScan < 2) return undefined
    return { about: 'in the last step of each scan of several', holds: isLast, isOfScans: true }
  },
  long: ({ random, longestScan }: Site): Moment | undefined => {
    if (longestScan < 3) return undefined
    const most = 2 + random.below(longestScan - 2)
    const holds = ({ index, count }: StepSeen): boolean => count > most && index === count - 1
    return { about: `at the end of scans of more than ${most} steps`, holds, isOfScans: true }
  },
  everyOther: ({ longestScan }: Site): Moment | undefined => {
    if (longestScan < 2) return undefined
    return { about: 'in every other step of a scan', holds: ({ index }) => index % 2 === 1, isOfScans: true }
  },
  later: ({ longestScan }: Site): Moment | undefined => {
    if (longestScan < 2) return undefined
    return { about: 'in all steps of a scan but the first', holds: ({ index }) => index > 0, isOfScans: true }
  },
  secondScan: (): Moment => ({ about: 'in every scan but the first', holds: ({ call }) => call > 0, isLate: true }),
  partial: ({ plan }: Site): Moment | undefined => {
    const { batchSize } = plan.batches
    if (plan.partialStep === undefined) return undefined
    return { about: 'in steps whose batch is not whole', holds: ({ batch }) => batch > 0 && batch !== batchSize }
  },
} as const satisfies Record<string, (site: Site) => Moment | undefined>

/** When each of them is, of any site. */
export const momentTexts: Readonly<Record<MomentName, string>> = {
  always: '',
  step: 'in one step of each scan',
  last: 'in the last step of each scan',
  long: 'at the end of long scans',
  everyOther: 'in every other step of a scan',
  later: 'in all steps of a scan but the first',
  secondScan: 'in every scan but the first',
  partial: 'where the batch is not whole',
}

/** Name of a moment. */
export type MomentName = keyof typeof moments
