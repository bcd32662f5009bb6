import { packageTests } from '../../build/vitest-config.js'

export default packageTests()
