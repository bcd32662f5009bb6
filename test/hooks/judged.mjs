/** Traces of the networks of hooks/proof.yaml: written, and judged as `isograd check --against` judges them. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { decodeSafetensors, parseExperiment, planFor } from '@isograd/core'
import { checkTrace } from '@isograd/core/compare'
import { datasetOptionsOf, loadDataset } from '@isograd/core/node'

const root = fileURLToPath(new URL('../..', import.meta.url))
const yaml = createRequire(`${root}/packages/cli/package.json`)('yaml')

/** The experiment of the networks. */
export const document = yaml.parse(readFileSync(`${root}/hooks/proof.yaml`, 'utf8'))

/** Data sets by what an arm says of them. */
const datasets = new Map()

/** The plan of a network on so many samples of its data, or all. */
export async function planOf(network, { seed = 0, limit } = {}) {
  const data = limit === undefined ? {} : { limit, testLimit: 1 }
  const { arms, registry } = parseExperiment(document, { overrides: { seed, data } })
  const arm = arms[network]
  const key = JSON.stringify(arm.data)
  const dataset = datasets.get(key) ?? (await loadDataset(arm.data.dataset, datasetOptionsOf(arm, registry)))
  datasets.set(key, dataset)
  return planFor({ armName: network, arm, dataset, registry })
}

/** The result of judging a trace's bytes. */
export async function judged(bytes) {
  const trace = decodeSafetensors(bytes)
  const { arm, seed, spec, start } = trace.metadata
  const { limit } = start === 'own' ? {} : JSON.parse(spec).data
  return checkTrace(await planOf(arm, { seed: Number(seed), limit }), trace)
}

/** What is not as a fault's record wants it, as a sentence; undefined where all is. */
export function misnamed({ step, kind, cause, layer, stage }, { verdict, findings: [first] }) {
  if (verdict !== 'disagree' || first === undefined) return `it is found to ${verdict}`
  const wanted = { step, ...(kind && { kind }), ...(layer && { layer }), ...(stage && { stage }) }
  const odd = Object.entries(wanted).find(([key, value]) => first[key] !== value)
  if (odd !== undefined) return `${odd[0]} is ${first[odd[0]]}, and not ${odd[1]}: ${first.sentence}`
  return first.sentence.includes(`${cause}`) ? undefined : `the cause is not ${cause}: ${first.sentence}`
}
