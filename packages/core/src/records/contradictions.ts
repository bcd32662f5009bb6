/** Facts that a record says twice must be one: a record that contradicts itself was changed, and comparing it blames a backend. */
import { failAt } from '../errors.js'
import type { RunRecord } from './record.js'

/** A field, what the rest of the record has it be, and what it is. */
type Fact = readonly [field: string, expected: string, got: string | number, holds: boolean]

/** Steps that a training of this end has, with what says so. One that its caller left may have any of them. */
function trainedSteps({ end, steps, losses }: RunRecord): readonly [steps: number, says: string] {
  const { reason, stopped, nonFinite } = end
  if (nonFinite !== undefined) return [nonFinite.step + 1, 'end.nonFinite']
  if (stopped !== undefined) return [stopped.step, 'end.stopped']
  return [reason === 'finished' ? steps : Math.min(steps, losses.length), 'steps']
}

function lossFact(record: RunRecord): Fact {
  const [trained, says] = trainedSteps(record)
  const { length } = record.losses
  return ['losses', `${trained} of them, as ${says} says`, length, length === trained]
}

/** Holds a record to what it says of itself. @throws InputError for the first field that another contradicts. */
export function requireConsistent(record: RunRecord, source: string): void {
  const { experiment, seed, precision, chosenEpoch, epochs } = record
  const { length } = epochs
  const facts: Fact[] = [
    ['seed', `${experiment.seed}, as experiment.seed says`, seed, seed === experiment.seed],
    [
      'precision',
      `"${experiment.precision}", as experiment.precision says`,
      precision,
      precision === experiment.precision,
    ],
    ['epochs', `at most ${experiment.epochs}, as experiment.epochs says`, length, length <= experiment.epochs],
    ['chosenEpoch', `one of the ${length} epochs, counted from 0, or -1`, chosenEpoch, chosenEpoch < length],
    lossFact(record),
  ]
  const wrong = facts.find(([, , , holds]) => !holds)
  if (wrong === undefined) return
  const [field, expected, got] = wrong
  failAt(source, `${field}: expected ${expected}, got ${got}; the record was changed: train it again`)
}
