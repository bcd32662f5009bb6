/** The presets trained as they are: whatever the seed, each arm has the direction that is published of it. */
import { findPreset, parseExperiment, planFor, recordOf, train } from '@isograd/core'
import { published, reproductionOf } from '@isograd/core/compare'
import { loadDataset } from '@isograd/core/node'
import { isogradAdapter } from '@isograd/compiler'

/** Presets of which directions are published; their data are drawn, not downloaded. */
const presets = Object.entries(published).flatMap(([preset, arms]) =>
  Object.values(arms).some(({ effects }) => effects !== undefined) ? [preset] : [],
)

/** That which trains in seconds, and of which nothing is seen before it has. */
const quick = ['dead-relus']

async function recordsOf(preset, seed, backend) {
  const { arms, registry } = parseExperiment(findPreset(preset), { overrides: { seed } })
  const records = []
  for (const [armName, arm] of Object.entries(arms)) {
    const { dataset: name, options: settings = {}, limit, testLimit } = arm.data
    const size = { ...(limit && { train: limit }), ...(testLimit && { test: testLimit }) }
    // oxlint-disable-next-line no-await-in-loop -- one arm after the other: they share the backend
    const plan = planFor({ armName, arm, dataset: await loadDataset(name, { size, settings }), registry })
    const events = []
    // oxlint-disable-next-line no-await-in-loop
    for await (const event of train({ plan, backend })) events.push(event)
    records.push(recordOf(events))
  }
  return records
}

/** Arms of a preset that lack their direction, with what was measured. */
async function missedBy(preset, seed, backend) {
  const records = await recordsOf(preset, seed, backend)
  return records.flatMap((record) => {
    const { verdict, effects = [] } = reproductionOf([record], records)
    const missed = effects.filter(({ holds }) => !holds)
    return verdict === 'reproduced' ? [] : [{ preset, arm: record.arm, verdict, missed }]
  })
}

async function start({ isSample = false } = {}) {
  const made = await isogradAdapter.create('wasm', { threads: 1 })
  if (!made.ok) throw new Error(`wasm: ${made.reason} (${made.cure})`)
  const { backend } = made
  return {
    attempt: async (seed) => {
      const missed = []
      // oxlint-disable-next-line no-await-in-loop -- one preset after the other
      for (const preset of isSample ? quick : presets) missed.push(...(await missedBy(preset, seed, backend)))
      return missed.length === 0 ? { outcome: 'all hold' } : { outcome: 'some miss', failed: true, missed }
    },
    end: () => backend.dispose(),
  }
}

/** The proof. The sample trains the quickest preset alone. */
export const proof = {
  about: 'the presets have the directions that are published of them',
  seeds: 3,
  sample: 3,
  start,
}
