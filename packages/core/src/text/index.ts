/**
 * `@isograd/core/text`: text from outside as it is shown. Small, so that who only prints need not load more.
 * @packageDocumentation
 * @experimental
 */
export { glossary, type Term } from './glossary.js'
export { parseExactly, stringifyExactly } from '../numerics/json.js'
export { utf8Text } from './utf8.js'
export { thrownText, visible } from './visible.js'
export { meantName } from '../experiment/names-elsewhere.js'
export { docsPage } from './docs-page.js'
