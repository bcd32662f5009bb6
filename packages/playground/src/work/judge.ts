/** Compares the runs of two backends as `isograd run` does, and makes the document that the command reads. */
import { type RunRecord, stringifyDocument, version } from '@isograd/core'
import { type Agreement, agreementOf, overSeeds, roundingOfPlan, withRounding } from '@isograd/core/compare'
import { RUNS_SCHEMA, type RunsDocument } from '@isograd/report'
import { agreementSentence } from '@isograd/report/live'
import type { Answers, ArmVerdict } from '../messages.js'
import { planAll } from './plans.js'

function verdictOn(agreement: Agreement): ArmVerdict {
  const { arm, verdict } = agreement
  return { arm, verdict, sentence: agreementSentence([agreement]) }
}

/** The document of the runs, of which both were trained at once. */
function documentOf(runs: readonly RunRecord[], agreement: readonly Agreement[]): RunsDocument {
  const versions = Object.assign({ '@isograd/core': version }, ...runs.map(({ backendInfo }) => backendInfo.versions))
  const unknown = { node: 'none', v8: 'unknown', arch: 'unknown', cpu: 'unknown' }
  const cores = navigator.hardwareConcurrency
  const commandLine = ['isograd', 'playground']
  const environment = { ...unknown, platform: 'browser', cores, jobs: 2, versions, commandLine }
  const spreads = overSeeds(runs)
  return {
    schema: RUNS_SCHEMA,
    environment,
    runs,
    agreement,
    failures: [],
    ...(spreads.length > 0 && { overSeeds: spreads }),
  }
}

/** Judges, unless that is left out. @throws InputError for text that the records are not of. */
export async function judge(text: string, records: readonly RunRecord[], compares: boolean): Promise<Answers['judge']> {
  if (!compares) return { verdicts: [], document: stringifyDocument(documentOf(records, [])) }
  const planned = await planAll(text)
  const measured = await withRounding(records, async ({ arm }, extent) => {
    const own = planned.find(({ name }) => name === arm)
    return own && roundingOfPlan(own.plan, extent)
  })
  const agreement = agreementOf(measured)
  return { verdicts: agreement.map(verdictOn), document: stringifyDocument(documentOf(measured, agreement)) }
}
