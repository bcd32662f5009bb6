/** The jobs of measuring processes, by name. Inputs and results are plain data, since they cross to another process. */
import { describe } from './backend.js'
import { timeConcurrent } from './concurrent.js'
import { timeEpochs } from './epochs.js'
import { timeFloor } from './floor.js'
import { timeTfjs } from './tfjs.js'
import { timeTraining } from './train.js'

/** Every job. */
export const jobs = {
  describe,
  train: timeTraining,
  floor: timeFloor,
  tfjs: timeTfjs,
  epochs: timeEpochs,
  concurrent: timeConcurrent,
}

/** Their types. */
export type Jobs = typeof jobs
