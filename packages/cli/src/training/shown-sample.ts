/** Single samples that a trained model is shown: one that a run draws at its end, or one that the user names. */
import { type Backend } from '@isograd/core/backend'
import {
  drawSample,
  type Journal,
  type Network,
  predict,
  type Prediction,
  type TrainedModel,
  type TrainingPlan,
} from '@isograd/core'
import { categoryNames, type Column, type DataTable } from '@isograd/core/data'
import type { ShownPrediction, TestSample } from '../documents/predict-document.js'

/** A sample as it is stored. */
export interface StoredSample {
  /** A column of one row for each of the task's inputs. */
  readonly columns: Readonly<Record<string, Column>>
  /** Of each head, as `ShownPrediction` has it. */
  readonly targets: readonly (readonly number[] | undefined)[]
}

/** A column of one row alone. */
function rowOf({ dtype, shape, data }: Column, row: number): Column {
  const size = data.length / Number(shape[0])
  return { dtype, shape: [1, ...shape.slice(1)], data: data.slice(row * size, (row + 1) * size) } as Column
}

/** The sample in a row of a table. */
export function storedSample({ inputs, heads }: Network['task'], { columns }: DataTable, row: number): StoredSample {
  const own = inputs.flatMap(({ name }) => {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined
    return column === undefined ? [] : [[name, rowOf(column, row)] as const]
  })
  const targets = heads.map(({ target }) => {
    const column = target && columns[target.name]
    return column && Array.from(rowOf(column, row).data)
  })
  return { columns: Object.fromEntries(own), targets }
}

type Head = Network['task']['head']

function valueNames({ target, prediction }: Head, width: number): readonly string[] {
  const encoding = target?.field.encoding
  if (prediction.shows === 'categories' && encoding?.kind === 'category') return categoryNames(encoding)
  const name = target?.name ?? 'output'
  return width === 1 ? [name] : Array.from({ length: width }, (_, i) => `${name}[${i}]`)
}

/**
 * A prediction with the names of its values: those of categories, or the target's with a number where there are several. A flag
 * that stands for one of two categories tells both of them.
 */
export function namedPrediction(head: Head, prediction: Prediction): Omit<ShownPrediction, 'target'> {
  const { target, prediction: rule } = head
  const encoding = target?.field.encoding
  const [yes] = prediction.values
  if (rule.shows !== 'flags' || encoding?.kind !== 'category' || yes === undefined) {
    return { prediction, shows: rule.shows, names: valueNames(head, prediction.values.length) }
  }
  const both = { ...prediction, values: [1 - yes, yes], category: yes > 0.5 ? 1 : 0 }
  return { prediction: both, shows: 'categories', names: categoryNames(encoding) }
}

/** The prediction of a trained model for one sample. @throws InputError, BackendError */
export async function predictStored(
  backend: Backend,
  trained: TrainedModel,
  { columns, targets }: StoredSample,
): Promise<ShownPrediction> {
  const [prediction] = await predict(backend, trained, columns)
  if (prediction === undefined) throw new Error('internal: no prediction')
  const { heads, ...first } = prediction
  const each = trained.task.heads.map((head, i): [string, ShownPrediction] => {
    const target = targets[i]
    const told = namedPrediction(head, heads?.[head.name] ?? first)
    return [head.name, { ...told, ...(target === undefined ? {} : { target }) }]
  })
  const [[, shown], ...others] = each as [[string, ShownPrediction], ...[string, ShownPrediction][]]
  return others.length === 0 ? shown : { ...shown, heads: Object.fromEntries(others) }
}

/**
 * Predicts one sample of the table that judges a run, drawn by its seed, with the weights that count; undefined where the run
 * diverged before any did. @throws BackendError
 */
export async function predictDrawn(
  backend: Backend,
  plan: TrainingPlan,
  journal: Journal,
): Promise<TestSample | undefined> {
  if (journal.end.reason === 'nonFinite' && journal.end.chosenEpoch < 0) return undefined
  const { arm, task, model, judgedOn: table } = plan
  const { samples, rows } = plan.table(table)
  const row = Number(rows[drawSample(arm.seed, rows.length)])
  const trained = { arm, task, model, weights: journal.end.chosen }
  return { table, row, ...(await predictStored(backend, trained, storedSample(task, samples, row))) }
}
