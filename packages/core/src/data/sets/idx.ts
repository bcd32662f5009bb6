/** The user's own data in MNIST's file format. */
import * as z from 'zod/mini'
import type { DirectoryData } from '../record.js'

const whole = z.int().check(z.gte(0))

const settings = {
  /** Unless given, one more than the largest label that is trained on. */
  categories: z.exactOptional(z.int().check(z.gte(1))),
  names: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
  /** Exchanges the two last axes: EMNIST has its pictures on their side. */
  transpose: z._default(z.boolean(), false),
  /** The label that counts where samples have several, as in QMNIST. */
  labelColumn: z._default(whole, 0),
}

/** `"options": { "categories": 47, "transpose": true }` */
export const idx: DirectoryData<typeof settings> = {
  from: 'idxDirectory',
  about: "your own data in MNIST's file format, from --data-dir",
  settings,
}
