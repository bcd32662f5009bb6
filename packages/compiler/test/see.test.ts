import { expect, it } from 'vitest'
import { writeFileSync } from 'node:fs'
import { findPreset, parseExperiment, planFor } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { lower } from '../src/lower/lower.js'
import { printLoops } from '../src/loops/print.js'
import { placeBuffers } from '../src/memory/place.js'

it('prints', async () => {
  const { arms, registry } = parseExperiment(findPreset(process.env.PRESET ?? 'torch-mlp5'))
  const arm = Object.values(arms)[Number(process.env.ARM ?? 0)]!
  const dataset = await loadDataset('digits', { settings: {} as never } as never)
  const plan = planFor({ armName: Object.keys(arms)[0]!, arm, dataset, registry } as never) as never as { programs: any }
  
  const p = (plan as any).program(process.env.ROLE ?? 'train')
  const t = performance.now()
  const { carry, ...loops } = lower(p, 64)
  const m = placeBuffers(loops, carry)
  console.log('ms', performance.now() - t, 'nodes', p.nodes.length, 'kernels', loops.kernels.length, 'bytes', m.bytes)
  writeFileSync('/tmp/w/loops.txt', printLoops(loops))
  expect(1).toBe(1)
})
