/** All schedules by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { constant } from './constant.js'
import { cosine, cosineRestarts } from './cosine.js'
import { linear, polynomial } from './lines.js'
import { oneCycle } from './one-cycle.js'
import { plateau } from './plateau.js'
import type { ScheduleRecord } from './schedule.js'
import { exponential, multiStep, piecewise, step } from './steps.js'

/** Every schedule that an experiment can name. */
export const schedules = {
  constant,
  step,
  multiStep,
  exponential,
  cosine,
  cosineRestarts,
  linear,
  oneCycle,
  polynomial,
  plateau,
  piecewise,
} satisfies Table<ScheduleRecord>
