/** Trains one network with two learning rates and three seeds each, and prints the figures over the seeds. */
import { dataMarkOf, defineExperiment, Journal, planFor, referenceBackend, train } from '@isograd/core'
import { overSeeds } from '@isograd/core/compare'
import { digits } from '@isograd/core/data'

const { arms, registry } = defineExperiment({
  name: 'rates',
  data: { dataset: 'digits' },
  model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
  optimizer: { type: 'adam', learningRate: 0.02 },
  batchSize: 20,
  epochs: 3,
  arms: { slow: { optimizer: { learningRate: 1e-9 } }, usual: {} },
})
const dataset = digits({ train: 300, test: 100, seed: 0 })

/** Trains an arm with a seed; a training that does not learn is left after its first epoch, and its record so far is kept. */
async function trained(armName, seed) {
  const plan = planFor({ armName, arm: { ...arms[armName], seed }, dataset, registry })
  const journal = new Journal(dataMarkOf(dataset))
  for await (const event of train({ plan, backend: referenceBackend() })) {
    journal.add(event)
    if (event.type === 'epoch' && event.trainLoss > 2.2) break
  }
  return journal.recordSoFar()
}

const records = []
for (const armName of Object.keys(arms)) {
  for (const seed of [0, 1, 2]) records.push(await trained(armName, seed))
}
for (const { arm, metric, mean, sd, seeds } of overSeeds(records)) {
  console.log(`${arm}: ${metric.label} ${mean.toFixed(4)}, standard deviation ${sd.toFixed(4)}, n = ${seeds.length}`)
}
for (const { arm, seed, end, epochs } of records) {
  if (end.reason === 'stopped') console.log(`${arm}, seed ${seed}: left after ${epochs.length} epoch`)
}
