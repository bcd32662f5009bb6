/**
 * Optimizers that PyTorch and Keras define differently under one name: a record for each, and `formulation` in the settings
 * chooses. Defaults are those of the framework.
 */
import * as z from 'zod/mini'
import type { Shape } from '../../registry/settings.js'
import type { ProgramOptimizer } from './optimizer.js'

/** Settings that hold no specs of other tables. */
function plain({ settings }: ProgramOptimizer): Shape {
  return typeof settings === 'object' ? settings : {}
}

/** PyTorch's record and Keras's as one: `"formulation": "keras"` is the second, and without it it is the first. */
export function byFormulation<T extends Shape, K extends Shape>(given: {
  readonly torch: ProgramOptimizer<T>
  readonly keras: ProgramOptimizer<K>
}): ProgramOptimizer {
  const formulations = given as unknown as Readonly<Record<'torch' | 'keras', ProgramOptimizer>>
  const { torch, keras } = formulations
  const of = ({ formulation }: Readonly<Record<string, unknown>>) => (formulation === 'keras' ? keras : torch)
  return {
    runs: 'program',
    settings: { formulation: z.exactOptional(z.enum(['torch', 'keras'])), ...plain(torch), ...plain(keras) },
    formulations,
    state: (settings, parameter) => of(settings).state(settings, parameter),
    scalars: (settings, t) => of(settings).scalars(settings, t),
    rates: (settings) => of(settings).rates?.(settings) ?? {},
    update: (context) => of(context.settings).update(context),
  }
}
