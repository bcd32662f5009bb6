/**
 * The real MNIST for tests that need it: it lies beside the checkout where the project is developed and in CI, and
 * nowhere else. Without it those tests are skipped, and the runner says so; in CI that is an error.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Directory of the four files. */
export const mnistDirectory = fileURLToPath(new URL('../../shared/data/mnist', import.meta.url))

const present = existsSync(mnistDirectory)
if (!present && process.env['CI'] !== undefined) {
  throw new Error(`in CI the real MNIST must lie beside the checkout, and ${mnistDirectory} does not exist`)
}

/** Whether tests on the real MNIST are to be skipped: `describe.skipIf(mnistIsAbsent)`. */
export const mnistIsAbsent = !present
