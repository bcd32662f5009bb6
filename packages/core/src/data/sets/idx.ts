/** The user's own data in MNIST's file format. */
import * as z from 'zod/mini'
import { idxSettings } from '../formats/idx-format.js'
import type { DirectoryData } from '../record.js'

const settings = {
  ...idxSettings,
  /** Unless given, one more than the largest label that is trained on. */
  categories: z.exactOptional(z.int().check(z.gte(1))),
}

/** `"options": { "categories": 47, "transpose": true }` */
export const idx: DirectoryData<typeof settings> = {
  from: 'idxDirectory',
  about: "your own data in MNIST's file format, from --data-dir",
  settings,
}
