/** The user's own data in MNIST's file format. */
import * as z from 'zod/mini'
import type { DirectoryData } from '../record.js'

const settings = { categories: z._default(z.int().check(z.gte(1), z.lte(256)), 10) }

/** `"options": { "categories": 47 }`, 10 unless given. */
export const idx: DirectoryData<typeof settings> = {
  from: 'idxDirectory',
  about: "your own data in MNIST's file format, from --data-dir",
  settings,
}
