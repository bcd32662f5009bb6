/** Durations as experiments and options write them: seconds, or a number with a unit. */
import * as z from 'zod/mini'

const seconds = { s: 1, m: 60, h: 3600 } as const

/** Seconds of a duration: `90`, `90s`, `10m`, `1.5h`, `1h30m`; undefined for anything else, and for nothing at all. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) || undefined
  if (!/^(\d+(\.\d+)?[smh])+$/.test(text)) return undefined
  const parts = [...text.matchAll(/([\d.]+)([smh])/g)]
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * seconds[unit as keyof typeof seconds], 0)
  return total || undefined
}

const durationText = z.string().check(z.refine((text) => parseDuration(text) !== undefined))

/** A duration in seconds. */
export const duration = z.union(
  [
    z.number().check(z.positive()),
    z.pipe(
      durationText,
      z.transform((text) => Number(parseDuration(text))),
    ),
  ],
  'seconds, or a duration such as "90s", "10m" or "1h30m"',
)
