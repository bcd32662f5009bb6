/**
 * The real MNIST for tests that need it: it lies beside the checkout where the project is developed and in CI, and
 * nowhere else. Without it those tests are skipped, and say so; in CI a skip is a failure.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

/** Directory of the four files. */
export const mnistDirectory = fileURLToPath(new URL('../../shared/data/mnist', import.meta.url))

const present = existsSync(mnistDirectory)

/** `describe` that runs only where the real MNIST is. */
export function describeWithMnist(name: string, body: () => void): void {
  describe.skipIf(!present)(present ? name : `${name} (skipped: no MNIST beside the checkout)`, body)
  if (!present && process.env['CI'] !== undefined) {
    test(`${name}: MNIST must be beside the checkout in CI`, () => {
      throw new Error(`${mnistDirectory} does not exist`)
    })
  }
}
