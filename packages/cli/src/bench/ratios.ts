/** How long backends take compared with everybody else, on each preset and over all of them. */
import type { MeanRatio, PresetBench, Ratio, SubjectBench } from './document.js'
import { geometricMean, ratios } from './statistics.js'
import { floorLabel } from './subjects.js'

/** Whether a backend is compared with a subject: with its own floor and with every peer, not with another's floor. */
function isCompared(backend: SubjectBench, other: SubjectBench): boolean {
  if (other.kind === 'floor') return other.name === floorLabel(backend.name)
  return other.kind !== 'backend'
}

/** Every backend to its peers and its floor: the step of the one over the step of the other, round by round. */
export function ratiosOf(subjects: readonly SubjectBench[]): Ratio[] {
  const backends = subjects.filter(({ kind }) => kind === 'backend')
  return backends.flatMap((backend) =>
    subjects
      .filter((other) => isCompared(backend, other))
      .map((other) => ({
        subject: backend.name,
        to: other.name,
        ratio: ratios(backend.stepSeconds.values, other.stepSeconds.values),
      })),
  )
}

/** Geometric means over the presets, in the order in which the pairs first appear. */
export function meanRatios(presets: readonly Pick<PresetBench, 'ratios'>[]): MeanRatio[] {
  const all = presets.flatMap((preset) => preset.ratios)
  const keys = new Map(all.map(({ subject, to }) => [`${subject}\n${to}`, { subject, to }]))
  return [...keys.values()].map(({ subject, to }) => {
    const values = all.filter((one) => one.subject === subject && one.to === to).map(({ ratio }) => ratio.median)
    return { subject, to, ratio: geometricMean(values), presets: values.length }
  })
}
