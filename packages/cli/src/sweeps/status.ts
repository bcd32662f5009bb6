/** The document of a sweep's directory as it stands: what `--json` prints, and the page is made of. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SweepPlan } from '@isograd/core/sweep'
import { sweepDocument, type SweepDocument } from '../documents/sweep-document.js'
import type { DoneEntry } from '../documents/sweep-lines.js'
import type { SweepSide } from '../documents/sweep-compare.js'
import { lastEntries, type Scored } from '../documents/sweep-rungs.js'
import { readText } from '../disk/read-json.js'
import { inDirectory, planIn, readMark, SWEEP_FILE, type SweepMark } from './sweep-directory.js'
import { SweepWatch } from './watch.js'

/** True of a directory that `isograd sweep` has made; the file of a sweep may bear that name too. */
export function isSweepDirectory(path: string): boolean {
  const file = join(path, SWEEP_FILE)
  return existsSync(file) && /"schema":\s*"isograd\.sweep\//.test(readText(file))
}

function nameOf({ experiment, source }: SweepMark): string {
  const named = typeof experiment === 'object' && experiment !== null && 'name' in experiment ? experiment.name : ''
  return typeof named === 'string' && named !== '' ? named : source
}

function scored({ rungs, arms }: SweepPlan): Scored {
  const whole = Math.max(...arms.map(({ epochs }) => epochs))
  return {
    candidates: rungs.map(({ candidates }) => candidates),
    epochsOf: (rung) => rungs[rung]?.epochs ?? whole,
  }
}

/** The document of what a watch has seen last. */
export function documentOf(directory: string, mark: SweepMark, plan: SweepPlan, watch: SweepWatch): SweepDocument {
  const { source, sweep, shard } = mark
  const facts = { source, experiment: nameOf(mark), sweep, ...(shard && { shard }), plan: scored(plan) }
  return sweepDocument(directory, facts, watch.entries, watch.last)
}

/** A directory as it is now: its mark, and a watch that has looked; `elsewhere` as the watch has it. @throws InputError */
function seenIn(directory: string, elsewhere = 0) {
  const mark = readMark(directory)
  const plan = planIn(directory, mark)
  try {
    const watch = new SweepWatch(directory, plan, mark.shard)
    watch.elsewhere = elsewhere
    watch.look()
    watch.close()
    return { mark, plan, watch }
  } catch (error) {
    throw inDirectory(directory, error)
  }
}

/** The document of a directory as it is now; workers of a queue are at `elsewhere` of its trials. @throws InputError */
export function statusDocument(directory: string, elsewhere = 0): SweepDocument {
  const { mark, plan, watch } = seenIn(directory, elsewhere)
  return documentOf(directory, mark, plan, watch)
}

/** A directory to be compared with another, and its mark. @throws InputError */
export function sideIn(directory: string): { readonly mark: SweepMark; readonly side: SweepSide } {
  const { mark, plan, watch } = seenIn(directory)
  const [entries, { environments }] = [lastEntries(watch.entries), watch.last]
  const { epochsOf, candidates } = scored(plan)
  const trained = ({ rung = candidates.length - 1 }: DoneEntry): number => epochsOf(rung)
  return { mark, side: { directory, set: plan.sweep.set, entries, environments, epochsOf: trained } }
}
