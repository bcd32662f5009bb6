/** The published conformance cases. */
import { testConformance } from './conformance.js'

await testConformance('loops')
await testConformance('wasm')
