/** All formats of data files by name, in the order in which they are tried. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { arrow } from './arrow.js'
import { csv } from './csv/csv.js'
import type { FormatRecord } from './format.js'
import { idx } from './idx-format.js'
import { jsonLines } from './json-lines.js'
import { npy } from './npy/npy.js'
import { npz } from './npy/npz.js'
import { parquet } from './parquet.js'
import { pictures } from './pictures.js'

/** Every format that data can be read from. */
export const formats = {
  csv,
  idx,
  npy,
  npz,
  jsonLines,
  pictures,
  parquet,
  arrow,
} satisfies Table<FormatRecord>
