/** Numbers of categories: what a column of text is by itself, and one of whole numbers where it says so. */
import { encoding } from './encoding.js'
import { categoriesOf, namesSetting } from './names.js'

/** `"encoding": { "type": "category", "names": ["no", "yes"] }`; names in the order of their numbers. */
export const category = encoding({
  about: 'categories to be told apart, with names',
  settings: namesSetting,
  fit: (context) => ({ ...categoriesOf(context), kind: 'category' }),
})
