/** The names of layers as the ticks of an axis: few enough to be read, and short. */
import { pickEvenly } from '../charts/thin.js'
import { clipName } from './clip-name.js'
import type { Tick } from './drawing.js'

const LONGEST_NAME = 12
const MOST_NAMES = 24

/** Ticks at the places of the rows. */
export function layerTicks(layers: readonly string[], place: (row: number) => number): Tick[] {
  const shown = pickEvenly([...layers.entries()], MOST_NAMES)
  return shown.map(([row, name]) => ({ at: place(row), text: clipName(name, LONGEST_NAME) }))
}
