/** All data sets by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import type { DataRecord } from '../record.js'
import { cifar10, cifar100 } from './cifar.js'
import { digitsData } from './digits/index.js'
import { files } from './files.js'
import { fashionMnist } from './fashion-mnist.js'
import { given } from './given.js'
import { idx } from './idx.js'
import { mnist } from './mnist.js'
import { adding } from './study/adding.js'
import { blobs } from './study/blobs.js'
import { circles } from './study/circles.js'
import { copy } from './study/copy.js'
import { friedman1 } from './study/friedman1.js'
import { moons } from './study/moons.js'
import { quadrants } from './study/quadrants.js'
import { sine } from './study/sine.js'
import { spirals } from './study/spirals.js'
import { xor } from './study/xor.js'

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
  circles,
  spirals,
  xor,
  blobs,
  quadrants,
  adding,
  copy,
  given,
  idx,
  files,
} satisfies Table<DataRecord>
