/** The published conformance cases. */
import { testConformance } from './conformance.js'

await testConformance('native:strict')
