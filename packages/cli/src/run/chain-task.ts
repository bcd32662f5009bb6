/** The task of computing a chain of scalar units on backends. */
import { InputError, nearest, stringifyRecord } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { lookOf } from '../look.js'
import { chainReport } from '../report/chain.js'
import { type Chain, chainAgreementOf, runChains } from './chain.js'
import { RUNS_SCHEMA, type RunsDocument } from './document.js'
import { environmentOf } from './environment.js'
import { type Work, withCrew } from './work.js'

/** What only a training has. @throws InputError */
function refuseTraining({ name }: Chain, { checkpointEvery, logEvery, tensorboard }: Work['settings']): void {
  const given = Object.entries({ 'checkpoint-every': checkpointEvery, 'log-every': logEvery, tensorboard })
  const [option] = given.find(([, value]) => value !== undefined) ?? []
  if (option === undefined) return
  throw new InputError('isograd', `--${option}: "${name}" is computed once and not trained; leave it out`)
}

/** Computes the chosen arms. @throws InputError, BackendError */
export async function runChainTask(whole: Chain, work: Work): Promise<ExitStatus> {
  refuseTraining(whole, work.settings)
  const chain = selectChainArms(whole, work.settings.arms)
  const precisions = Object.values(chain.arms).map(({ precision }) => precision)
  return withCrew(work, { precisions, trainings: 0 }, ({ backends }) => computeAndReport(chain, work, backends))
}

function selectChainArms(chain: Chain, wanted: readonly string[] | undefined): Chain {
  const available = Object.keys(chain.arms)
  const unknown = wanted?.find((name) => !available.includes(name))
  if (unknown !== undefined) {
    const hint = nearest(unknown, available)
    const guess = hint === undefined ? '' : `; did you mean "${hint}"?`
    throw new InputError('isograd', `--arm: expected ${available.join(' or ')}, got "${unknown}"${guess}`)
  }
  const chosen = Object.entries(chain.arms).filter(([name]) => wanted?.includes(name) ?? true)
  return { ...chain, arms: Object.fromEntries(chosen) }
}

async function computeAndReport(chain: Chain, work: Work, backends: readonly LoadedBackend[]): Promise<ExitStatus> {
  const { settings, directory, progress } = work
  const chains = await runChains(chain, backends)
  const chainAgreement = chainAgreementOf(chains)
  const document: RunsDocument = {
    schema: RUNS_SCHEMA,
    environment: environmentOf(backends, process.argv.slice(2)),
    runs: [],
    agreement: [],
    failures: [],
    chains,
    chainAgreement,
  }
  directory?.saveDocument(stringifyRecord(document))
  const look = lookOf(process.stdout, process.env, settings.ascii)
  const report = `${chainReport(look, chain, chains, chainAgreement).join('\n')}\n`
  process.stdout.write(settings.json ? stringifyRecord(document) : report)
  if (directory !== undefined) progress.note(`written to ${directory.path}`)
  return chainAgreement.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.disagreement
}
