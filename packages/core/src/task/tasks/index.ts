/** All tasks by name. The first is that of an experiment which names none. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { binary } from './binary.js'
import { classification } from './classification.js'
import { distribution } from './distribution.js'
import { multilabel } from './multilabel.js'
import { regression } from './regression.js'
import type { TaskRecord } from './task.js'
import { untargeted } from './untargeted.js'

/** Every task that an experiment can name. */
export const tasks = {
  classification,
  binary,
  multilabel,
  distribution,
  regression,
  untargeted,
} satisfies Table<TaskRecord>
