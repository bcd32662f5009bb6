/**
 * Writes control-given.json, what `control.py` trains with: the initial weights of the network in `control-plan.ts` and the
 * rows of each step, which follow from isograd's own random streams. Run it on the built package: node control-given.mjs
 */
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const outfile = here('control-plan.tmp.mjs')
await build({ entryPoints: [here('../control-plan.ts')], outfile, bundle: true, platform: 'node', format: 'esm' })
const { controlPlan, dataset } = await import(outfile)
rmSync(outfile)
const plan = controlPlan()
const numbers = (tensor) => Array.from(tensor.data)
const weights = Object.fromEntries(
  plan.model.parameters.map(({ name, shape }) => [name, { shape, values: numbers(plan.initial[name]) }]),
)
const rows = Array.from({ length: plan.steps }, (_, first) => numbers(plan.rows({ first, count: 1 })))
const { x, y } = dataset.splits.train.columns
writeFileSync(here('control-given.json'), `${JSON.stringify({ x: numbers(x), y: numbers(y), weights, rows })}\n`)
