/** `doctor` and `list` from outside. */
import { builtins, presets } from '@isograd/core'
import { placed, registry } from '../src/backends/registry.js'
import { fixture, isograd } from './command.js'
import { describe, expect, it } from 'vitest'

const fake = fixture('fake-adapter')

interface Doctor {
  readonly schema: string
  readonly required: readonly string[]
  readonly ok: boolean
  readonly backends: readonly { readonly name: string; readonly usable: boolean; readonly reason?: string }[]
}

async function doctor(
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly document: Doctor }> {
  const { status, stdout } = await isograd(['doctor', '--json', ...args])
  return { status, document: JSON.parse(stdout) as Doctor }
}

describe.concurrent('doctor', () => {
  it('examines every backend, and those named', async () => {
    const { status, document } = await doctor('--backend', `reference,${fake}`)
    expect(status).toBe(0)
    expect(document).toMatchObject({ schema: 'isograd.doctor/1', required: ['reference', fake], ok: true })
    const onnx = ['onnx', 'onnx:native', 'onnx-webgpu', 'onnx-web', 'onnx-web-webgpu']
    const jaxJs = ['jaxjs-wasm', 'jaxjs-wasm:native', 'jaxjs-webgpu']
    const taped = ['tfjs-wasm:autograd', 'tfjs-cpu:autograd']
    const own = ['wasm', 'native', 'native:strict', 'native:fast']
    const tfjs = ['tfjs-wasm', 'tfjs-cpu', 'tfjs-node', 'tfjs-webgl', 'tfjs-webgpu']
    const names = [...own, ...onnx, ...tfjs, ...taped, ...jaxJs, 'reference', fake]
    expect(document.backends.map(({ name }) => name)).toEqual(names)
    expect(document.backends.at(-2)).toMatchObject({ usable: true, package: '@isograd/core', info: { device: 'cpu' } })
  })

  it('with --test opens those for pages in a browser', () => {
    const inPages = Object.keys(registry).filter((name) => placed(name) !== name)
    expect(inPages.map(placed)).toEqual(
      ['onnx-web-webgpu', 'tfjs-webgl', 'tfjs-webgpu', 'jaxjs-webgpu'].map((name) => `chromium:${name}`),
    )
  })

  it.each([
    ['absent', 'the moon is not full'],
    ['wrong-numbers', 'it loads but does not work: expected total = [8], got [7]'],
    ['broken-compile', 'it loads but does not work: [fake-broken-compile] compile failed: cannot read the stars'],
  ])('exits with 3 for a backend that is %s, and says why', async (variant, reason) => {
    const name = `${fake}#${variant}`
    const { status, document } = await doctor('--backend', name)
    expect([status, document.ok]).toEqual([3, false])
    expect(document.backends.at(-1)).toMatchObject({ name, usable: false, reason })
  })

  it('gives every unusable backend a cure, for people too', async () => {
    const { stdout, stderr } = await isograd(['doctor', '--backend', `${fake}#absent`])
    expect(stdout).toMatch(/✗ .*#absent\n {4}why {4}the moon is not full\n {4}cure {3}wait for it\n/)
    expect(stdout.trimEnd()).toMatch(/not ready: .*#absent cannot all be used$/)
    expect(stderr).toBe('')
  })
})

describe.concurrent('list', () => {
  it('lists every preset, every record of the tables and every backend', async () => {
    const [text, json] = await Promise.all([isograd(['list']), isograd(['list', '--json'])])
    expect([text.status, json.status]).toEqual([0, 0])
    const document = JSON.parse(json.stdout) as Record<
      'presets' | 'datasets' | 'backends' | Exclude<keyof typeof builtins, 'data' | 'modules' | 'extend'>,
      { readonly name: string; readonly description: string }[]
    >
    expect(document).toMatchObject({ schema: 'isograd.list/1' })
    expect(document.presets.map(({ name }) => name)).toEqual(presets.map(({ name }) => name))
    for (const [list, table] of [
      [document.tasks, builtins.tasks],
      [document.losses, builtins.losses],
      [document.metrics, builtins.metrics],
      [document.layers, builtins.layers],
      [document.activations, builtins.activations],
      [document.initializers, builtins.initializers],
      [document.optimizers, builtins.optimizers],
      [document.datasets, builtins.data],
    ] as const) {
      expect(list.map(({ name }) => name)).toEqual(Object.keys(table))
      expect(list.filter(({ description }) => description === '')).toEqual([])
    }
    expect(document.presets[0]).toMatchObject({ name: 'torch-mlp5', arms: ['relu', 'sigmoid'], dataset: 'mnist' })
    const names = Object.values(document).flatMap((entries) => (Array.isArray(entries) ? entries : []))
    expect(names.filter(({ name }) => !text.stdout.includes(`  ${name} `))).toEqual([])
    expect(text.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})
