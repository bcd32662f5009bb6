/** The registry of everything that comes with isograd. */
import { encodings } from '../data/encodings/index.js'
import { formats } from '../data/formats/index.js'
import { dataSets } from '../data/sets/index.js'
import { activations } from '../model/activations/index.js'
import { constraints } from '../model/constraints/index.js'
import { initializers } from '../model/initializers/index.js'
import { layers } from '../model/layers/index.js'
import { regularizers } from '../model/regularizers/index.js'
import { optimizers } from '../optimize/optimizers/index.js'
import { schedules } from '../optimize/schedules/index.js'
import { losses } from '../task/losses/index.js'
import { metrics } from '../task/metrics/index.js'
import { tasks } from '../task/tasks/index.js'
import { Registry } from './registry.js'

/** Every record of isograd's own. `builtins.extend(mine)` is a registry with yours as well. */
export const builtins: Registry = new Registry({
  layers,
  activations,
  initializers,
  regularizers,
  constraints,
  losses,
  metrics,
  tasks,
  optimizers,
  schedules,
  data: dataSets,
  formats,
  encodings,
})
