/**
 * A process that trains a small network under checkpoints, from the one in its directory if there is one, and is made
 * to be killed. Says "locked" when it holds the directory. Arguments: directory, steps between checkpoints, JSON of changes
 * to its experiment.
 */
import { argv } from 'node:process'
import {
  checkResume,
  dataMarkOf,
  encodeSafetensors,
  Journal,
  parseExperiment,
  referenceBackend,
  stringifyDocument,
  train,
  TrainingPlan,
} from '../src/index.js'
import {
  lockRun,
  readCheckpoint,
  removeCheckpoint,
  runFiles,
  writeAtomically,
  writeCheckpoint,
} from '../src/node/index.js'
import { noiseDataset, smallDocument } from './noise-dataset.js'

const [, , directory = '', every = '1', more = '{}'] = argv
const dataset = noiseDataset(400, 50)
const usual = { epochs: 4, data: { dataset: 'noise', validation: 0.2 }, probes: { every: 7, testEvery: 11 } }
const changes = { ...usual, ...(JSON.parse(more) as object) }
const { arms, registry } = parseExperiment(smallDocument(changes))
const arm = arms['default']
if (arm === undefined) throw new Error('no arm')
const plan = new TrainingPlan({ armName: 'default', arm, dataset, registry })

const lock = await lockRun(directory)
console.log('locked')
const from = await readCheckpoint(directory)
if (from !== undefined) checkResume(from, plan, dataset)
const journal = new Journal(dataMarkOf(dataset), from)
const options = { plan, backend: referenceBackend(), checkpointEvery: Number(every) }
const state = from?.state
for await (const event of train(state === undefined ? options : { ...options, from: state })) {
  journal.add(event)
  if (event.type === 'checkpoint') await writeCheckpoint(directory, journal.checkpoint(event.state))
}
const { chosen } = journal.end
writeAtomically(`${directory}/${runFiles.weights}`, encodeSafetensors(chosen))
writeAtomically(`${directory}/${runFiles.record}`, stringifyDocument(journal.record()))
await removeCheckpoint(directory)
lock.release()
