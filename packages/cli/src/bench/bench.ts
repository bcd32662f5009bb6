/** Measures arms of presets on backends, floors and peers, and puts the document together. */
import { loadavg } from 'node:os'
import { elementCount, lowerTraining, type Model, stepsPerEpoch } from '@isograd/core'
import { measureAround } from './around.js'
import { type AroundBench, BENCH_SCHEMA, type BenchDocument, type PresetBench, type SubjectBench } from './document.js'
import { type BenchedArm, benchedArms, modelOn, shapeOf } from './networks.js'
import { peerNetwork } from './peer-network.js'
import { meanRatios, ratiosOf } from './ratios.js'
import { interleave } from './rounds.js'
import { benchStartUp } from './start-up.js'
import { headOf, type OpenSite, type Site, withSite } from './site.js'
import {
  backendSubject,
  floorSubject,
  type Subject,
  type SubjectContext,
  summariseSubject,
  peerLabels,
  tfjsSubject,
  torchSubject,
} from './subjects.js'
import { benchTogether } from './together.js'
import { findTorch, type TorchResult } from './torch.js'

/** A site with the peer in Python, where it was looked for and found. */
interface BenchSite extends OpenSite {
  readonly torch: (TorchResult & { readonly ok: true }) | undefined
}

async function lookForTorch(site: OpenSite): Promise<BenchSite['torch']> {
  if (!site.settings.peers.includes('torch')) return undefined
  site.stage('looking for PyTorch')
  const torch = await findTorch(process.env['PATH'] ?? '', site.signal)
  if (torch.ok) {
    site.versions['torch'] = torch.version
    return torch
  }
  site.skipped.push({ subject: peerLabels.torch, reason: torch.reason })
  return undefined
}

/** Backends with their floors, then peers: who cannot be had is told in `skipped`. */
function subjectsOf(site: BenchSite, context: SubjectContext, model: Model): Subject[] {
  const { peers } = site.settings
  const peer = peerNetwork(context.benched.arm, model)
  const own = site.backends.flatMap((backend) => [
    backendSubject(backend, backend.asked, context),
    ...(peers.includes('floor') ? [floorSubject(backend, backend.asked, context)] : []),
  ])
  const others = [
    ...(peers.includes('tfjs') ? [tfjsSubject(peer, context)] : []),
    ...(site.torch === undefined ? [] : [torchSubject(site.torch, peer, context)]),
  ]
  return [...own, ...others].flatMap((subject) => {
    if ('measure' in subject) return [subject]
    site.skipped.push(subject)
    return []
  })
}

async function aroundOf(
  site: BenchSite,
  { preset, armName, arm }: BenchedArm,
  subjects: readonly SubjectBench[],
): Promise<AroundBench[]> {
  const found: AroundBench[] = []
  for (const backend of site.backends) {
    const measured = subjects.find(({ name }) => name === backend.name)
    if (measured === undefined) continue
    site.stage(`${preset}: epochs on ${backend.name}`)
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    const around = await measureAround(site, backend, { armName, arm, stepSeconds: measured.stepSeconds.median })
    if (around.ok) found.push(around.bench)
    else site.failures.push({ preset, subject: `${backend.name}, epochs`, message: around.message })
  }
  return found
}

async function benchArm(site: BenchSite, benched: BenchedArm): Promise<PresetBench> {
  const { settings, data, effort, place, measure, signal } = site
  const { preset, armName, arm } = benched
  const model = modelOn(arm, data)
  const { threads, repetitions } = settings
  const subjects = subjectsOf(site, { benched, place, data, effort, threads, measure, signal }, model)
  const entries = await interleave(subjects, repetitions, (round, name) =>
    site.stage(`${preset}, round ${round + 1} of ${repetitions}: ${name}`),
  )
  for (const { name, failure } of entries) {
    if (failure !== undefined) site.failures.push({ preset, subject: name, message: failure })
  }
  const perEpoch = stepsPerEpoch({ samples: data.train, batchSize: arm.batchSize, lastBatch: arm.lastBatch })
  const summaries = subjects.flatMap((subject, i) => {
    const summary = summariseSubject(subject, entries[i] ?? { results: [] }, {
      batch: arm.batchSize,
      stepsPerEpoch: perEpoch,
    })
    return summary === undefined ? [] : [summary]
  })
  return {
    preset,
    arm: armName,
    network: shapeOf(model),
    parameters: model.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    batch: arm.batchSize,
    stepsPerEpoch: perEpoch,
    subjects: summaries,
    ratios: ratiosOf(summaries),
    around: await aroundOf(site, benched, summaries),
  }
}

/** Every arm must fit the data before the first is measured. @throws InputError */
function checkArms(arms: readonly BenchedArm[], { data }: OpenSite): void {
  for (const { arm } of arms)
    lowerTraining(arm, modelOn(arm, data), { count: data.train, sampleShape: data.sampleShape })
}

async function benchAll(open: OpenSite, arms: readonly BenchedArm[], loadAverage: number): Promise<BenchDocument> {
  checkArms(arms, open)
  const site: BenchSite = { ...open, torch: await lookForTorch(open) }
  const startUp = await benchStartUp(site)
  const presets: PresetBench[] = []
  for (const benched of arms) {
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    presets.push(await benchArm(site, benched))
  }
  const together = await benchTogether(site, arms, presets)
  return { schema: BENCH_SCHEMA, ...headOf(site, loadAverage), presets, means: meanRatios(presets), startUp, together }
}

/** Runs the bench. @throws InputError, BackendError as `withSite`. */
export async function runBench(site: Site): Promise<BenchDocument> {
  const arms = benchedArms(site.settings.presets)
  const loadAverage = loadavg()[0] ?? Number.NaN
  return withSite(site, (open) => benchAll(open, arms, loadAverage))
}
