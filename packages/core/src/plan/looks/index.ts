/** All that an experiment may ask to have looked at, by its flag in `probes`. */
import { attention } from './attention.js'
import { derivatives } from './derivatives.js'
import { gates } from './gates.js'
import { jacobian } from './jacobian.js'
import { rank } from './rank.js'
import { throughTime } from './through-time.js'
import { signal } from './signal.js'
import type { Look } from './look.js'

/** By flag. */
export const looks = { derivatives, throughTime, gates, attention, signal, rank, jacobian } as const satisfies Record<
  string,
  Look
>

/** Flags of `probes`. */
export type LookName = keyof typeof looks

/** The looks that are asked for. */
export function looksOf(asked: { readonly [K in LookName]?: boolean }): readonly Look[] {
  return (Object.keys(looks) as LookName[]).flatMap((name) => (asked[name] === true ? [looks[name]] : []))
}
