/** Traces that PyTorch and JAX left by hooks/isograd_hooks.py, recorded by test/hooks/record.mjs, are judged as they were made. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decodeSafetensors, encodeSafetensors, type TensorMap } from '@isograd/core'
import { expect, test } from 'vitest'
import { faults } from '../hooks/faults.mjs'
import { judged, misnamed } from '../hooks/judged.mjs'

const directory = fileURLToPath(new URL('../fixtures/hooks', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string): Uint8Array => readFileSync(`${directory}/${name}.safetensors`)
const recorded = readdirSync(directory).map((file) => file.replace('.safetensors', ''))

function faultOf(name: string): string {
  return name.split('-').slice(2).join('-')
}

/** A recorded trace with other tensors. */
function changed(name: string, change: (tensors: TensorMap) => TensorMap): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(read(name))
  return encodeSafetensors(change(tensors), metadata)
}

test.each(recorded.filter((name) => /healthy|own|example/.test(name)))('%s agrees', async (name) => {
  const { verdict, findings, producer } = await judged(read(name))
  expect(findings).toEqual([])
  expect(verdict).toBe('agree')
  expect(producer).toMatch(/^(PyTorch 2\.13|JAX 0\.10)/)
})

test.each(recorded.filter((name) => Object.hasOwn(faults, faultOf(name))))('%s is named', async (name) => {
  const wanted = faults[faultOf(name)]
  expect(wanted && misnamed(wanted, await judged(read(name)))).toBeUndefined()
})

test('a trace of its own start needs its weights and its rows, and these are rows of the data', async () => {
  const left = ['step/1/rows', 'initial/dense1.bias']
  const without = changed('torch-momentum-own', (tensors) =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => !left.includes(name))),
  )
  await expect(judged(without)).rejects.toThrow(
    /"initial\/dense1.bias" is missing.*\n.*"step\/1\/rows" is missing: expected int32\[32\]/,
  )
  const beyond = changed('torch-momentum-own', (tensors) => {
    const rows = tensors['step/1/rows']
    return rows === undefined
      ? tensors
      : { ...tensors, 'step/1/rows': { ...rows, data: rows.data.map(() => 2000) } as typeof rows }
  })
  await expect(judged(beyond)).rejects.toThrow('"step/1/rows": expected rows from 0 to 1999, got 2000')
})

test('what is not finite is called so', async () => {
  const name = 'step/1/gradient/dense2.bias'
  const bytes = changed('torch-adam-healthy', (tensors) => {
    const own = tensors[name]
    return own === undefined
      ? tensors
      : { ...tensors, [name]: { ...own, data: own.data.map(() => Number.NaN) } as typeof own }
  })
  const { findings } = await judged(bytes)
  expect(findings[0]?.sentence).toContain('the gradient of "dense2.bias" is not finite, unlike in float64 (step 1)')
})

test('docs/hooks.md shows the programs that are run', () => {
  const page = readFileSync(`${root}/docs/hooks.md`, 'utf8')
  for (const name of ['example_torch.py', 'example_jax.py']) {
    expect(page).toContain(`\`\`\`python\n${readFileSync(`${root}/hooks/${name}`, 'utf8')}\`\`\``)
  }
})
