/** tfjs-node on the real library, where one can be had: `.ci/run` makes it, and `ISOGRAD_TFJS_NODE` says where it lies. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isogradAdapter } from '@isograd/tfjs-adapter'
import { describe, expect, test } from 'vitest'

const command = fileURLToPath(new URL('../../packages/cli/bin/isograd.js', import.meta.url))
const node = await isogradAdapter.create('tfjs-node', { threads: 1 })
if (!node.ok && process.env['ISOGRAD_TFJS_NODE_IS_MADE'] !== undefined) throw new Error(node.reason)
if (!node.ok) console.warn(`tfjs-node is not tested here: ${node.reason}`)

interface Arm {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly vanishing: { readonly firstStep: Readonly<Record<'first' | 'last', number>> | null }
}

interface CheckVerdict {
  readonly backends: readonly { readonly info: { readonly versions: Readonly<Record<string, string>> } }[]
}

/** The document that a command prints; it must end well. */
async function documentOf<T>(...args: readonly string[]): Promise<T> {
  const options = ['--dataset', 'digits', '--backend', 'onnx,tfjs-node', '--threads', '1', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...args, ...options], {
    maxBuffer: 2 ** 27,
  })
  return JSON.parse(stdout) as T
}

describe.skipIf(!node.ok)('tfjs-node', () => {
  test('trains the arms of the suite with the gradients of onnx, in processes of its own', async () => {
    const presets = 'torch-mlp5,keras-13x10,softmax-linear,dropout-2x256,lenet5'
    const options = ['--preset', presets, '--limit', '200', '--epochs', '1', '--jobs', '2']
    const { arms, failures } = await documentOf<{ arms: Arm[]; failures: unknown[] }>('suite', ...options)
    expect(failures).toEqual([])
    expect(arms.length).toBe(14)
    for (const { preset, arm, vanishing } of arms.filter(({ backend }) => backend === 'tfjs-node')) {
      const other = arms.find((each) => each.preset === preset && each.arm === arm && each.backend === 'onnx')
      for (const layer of ['first', 'last'] as const) {
        const [got, want] = [vanishing, other?.vanishing].map((one) => one?.firstStep?.[layer])
        expect(Math.abs(Number(got) / Number(want) - 1), `${preset}, ${arm}: ${layer}`).toBeLessThan(1e-5)
      }
    }
  })

  test('agrees with onnx in every mode of the check', async () => {
    const document = await documentOf<CheckVerdict>('check', 'keras-13x10', '--limit', '256')
    expect(document).toMatchObject({ modes: ['ops', 'step', 'run'], findings: [], failures: [], verdict: 'agree' })
    expect(document.backends[1]?.info.versions['tensorflow']).toMatch(/^2\.\d+/)
  })
})
