/** The presets that the command knows: those of core that are experiments. */
import { isChain, type Preset, presets } from '@isograd/core'

/** In core's order. */
export const experimentPresets: readonly Preset[] = presets.filter((preset) => !isChain(preset))
