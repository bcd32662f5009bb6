import { it } from 'vitest'
import { findPreset, listPresets, parseExperiment, planFor, presets } from '@isograd/core'
import * as core from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { lower } from '../src/lower/lower.js'
import { placeBuffers } from '../src/memory/place.js'
it('lowers all', async () => {
  console.log(Object.keys(core).filter((k) => /reset/.test(k)))
  for (const name of (process.env.PRESETS ?? 'lenet5,plain-residual,depth-scale,keras-13x10').split(',')) {
    const { arms, registry } = parseExperiment(findPreset(name))
    for (const [armName, arm] of Object.entries(arms)) {
      const dataset = await loadDataset((arm as any).data.dataset === 'given' ? 'given' : 'digits', { settings: (arm as any).data.options ?? {} } as never)
      const plan = planFor({ armName, arm, dataset, registry } as never) as any
      for (const role of ['train', 'gradients', 'probe', 'evaluate', 'inference', 'units']) {
        let p: any
        try { p = plan.program(role) } catch { continue }
        const t = performance.now()
        const { carry, ...loops } = lower(p, 64)
        const m = placeBuffers(loops, carry)
        console.log(name, armName, role, 'ms', (performance.now() - t).toFixed(0), 'nodes', p.nodes.length, 'kernels', loops.kernels.length, 'MB', (m.bytes / 2 ** 20).toFixed(1))
      }
    }
  }
})
