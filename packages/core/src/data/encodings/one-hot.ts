/** As many numbers as there are categories: 1 for that of the sample, 0 for the others. */
import { encoding } from './encoding.js'
import { categoriesOf, namesSetting } from './names.js'

/** `"encoding": "oneHot"`; the order is that of the names, or of the numbers. */
export const oneHot = encoding({
  about: 'for each category a number, 1 for that of the sample and 0 for the others',
  settings: namesSetting,
  fit: (context) => ({ ...categoriesOf(context), kind: 'oneHot' }),
})
