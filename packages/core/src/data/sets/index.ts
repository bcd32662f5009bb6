/** All data sets by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import type { DataRecord } from '../record.js'
import { cifar10, cifar100 } from './cifar.js'
import { digitsData } from './digits/index.js'
import { fashionMnist } from './fashion-mnist.js'
import { given } from './given.js'
import { idx } from './idx.js'
import { mnist } from './mnist.js'
import { friedman1, moons, quadrants, sine } from './study.js'

/** Every data set that an experiment can name. */
export const dataSets = {
  mnist,
  'fashion-mnist': fashionMnist,
  cifar10,
  cifar100,
  digits: digitsData,
  sine,
  friedman1,
  moons,
  quadrants,
  given,
  idx,
} satisfies Table<DataRecord>
