/** The user's own data, in files of any format of the registry. */
import type { FilesData } from '../record.js'

/** `"data": { "path": "houses.csv", "target": "price" }` */
export const files: FilesData = {
  from: 'files',
  about: 'your own data: data.path in the experiment, or --data',
}
