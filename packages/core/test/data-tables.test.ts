/** Encodings against host arithmetic, and evaluation tables with encodings of their own. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dataTable, type Dataset } from '../src/data/dataset.js'
import { boundColumn, boundDType, type Column, emitDecoded, type Field } from '../src/data/field.js'
import {
  planFor,
  builtins,
  InputError,
  recordOf,
  referenceBackend,
  tensor,
  train,
  type TrainingPlan,
} from '../src/index.js'
import { Builder } from '../src/ir/builder.js'
import { BATCH } from '../src/ir/program.js'
import type { FloatDType } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'
import { onlyArm, studyDocument } from './study-plans.js'

/** A column as a program decodes it. */
async function seen(field: Field, column: Column, precision: FloatDType): Promise<number[]> {
  const bound = boundColumn(field, column, precision)
  expect(bound.dtype).toBe(boundDType(field, precision))
  const b = new Builder('seen')
  const rows = b.xs('rows', { dtype: bound.dtype, shape: [BATCH, ...field.shape] })
  const program = b.finish({ carry: {}, ys: { decoded: emitDecoded(b, field, rows, precision) } })
  const executable = await referenceBackend().compile(program, {})
  const { ys } = await executable.scan({}, { rows: { ...bound, shape: [1, ...bound.shape] } })
  const decoded = ys['decoded']
  expect(decoded?.dtype).toBe(field.encoding.kind === 'category' ? 'int32' : precision)
  return Array.from(decoded?.data ?? [])
}

const round = { float32: Math.fround, float64: (value: number) => value }

describe.each(['float32', 'float64'] as const)('in %s', (precision) => {
  const r = round[precision]

  it('an integer is scaled, centred and divided, each rounded', async () => {
    const encoding = { kind: 'numbers', scale: 0.1, mean: 0.3, standardDeviation: 0.7 } as const
    const field: Field = { dtype: 'int32', shape: [2], encoding }
    const data = [-7, 0, 1, 123_456, 16_777_217, -2_147_483_648]
    const expected = data.map((value) => r(r(r(r(value) * r(0.1)) - r(0.3)) / r(0.7)))
    expect(await seen(field, tensor('int32', [3, 2], data), precision)).toEqual(expected)
  })

  it('any number of any encoding is that of the host, rounded once', async () => {
    const number = fc.double({ min: -1e12, max: 1e12, noNaN: true })
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { minLength: 1, maxLength: 6 }),
        number,
        positive,
        positive,
        async (data, mean, sd, scale) => {
          const encoding = { kind: 'numbers', scale, mean, standardDeviation: sd } as const
          const expected = data.map((value) => r((value * scale - mean) / sd))
          const column = tensor('float64', [data.length], data)
          expect(await seen({ dtype: 'float64', shape: [], encoding }, column, precision)).toEqual(expected)
        },
      ),
      { numRuns: 30 },
    )
  })
})

/** One feature far from 0 as it is stored, and twice its standardised value as the target. */
function farDataset(): Dataset {
  const mean = 1e9
  const table = (count: number) => {
    const standard = Array.from({ length: count }, (_, i) => Math.sin(i))
    return dataTable({
      x: tensor(
        'float64',
        [count, 1],
        standard.map((value) => mean + value),
      ),
      y: tensor(
        'float64',
        [count],
        standard.map((value) => 2 * value),
      ),
    })
  }
  return {
    name: 'far',
    origin: 'computed',
    fields: {
      x: { dtype: 'float64', shape: [1], encoding: { kind: 'numbers', mean } },
      y: { dtype: 'float64', shape: [], encoding: { kind: 'numbers' } },
    },
    target: 'y',
    splits: { train: table(64), test: table(16) },
  }
}

async function recordFor(plan: TrainingPlan) {
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}

it('a regression on a column far from 0 learns it, in float32', async () => {
  const model = { layers: [{ type: 'dense', units: 1 }] }
  const arm = onlyArm(
    studyDocument('far', 1, { task: 'regression', model, epochs: 30, optimizer: { type: 'sgd', learningRate: 0.1 } }),
  )
  const plan = planFor({ armName: 'a', arm, dataset: farDataset(), registry: builtins })
  const record = await recordFor(plan)
  expect(record.finals['test']?.metrics['meanSquaredError']?.value).toBeLessThan(1e-6)
})

/** Bytes as the floats that a scale makes of them. */
function scaled(column: Column, scale: number): Column {
  return tensor(
    'float64',
    column.shape,
    Array.from(column.data, (byte) => Math.fround(byte * Math.fround(scale))),
  )
}

describe('a second evaluation table', () => {
  const tables = { raw: { of: 'test', encodings: { image: { kind: 'numbers' } } }, seen: { of: 'train' } }

  it('is evaluated once at the end, with its own encoding: the record has both figures', async () => {
    const [plain, both] = await Promise.all(
      [{ dataset: 'noise' }, { dataset: 'noise', tables }].map((data) => recordFor(smallPlan({ data }))),
    )
    expect(Object.keys(both?.finals ?? {})).toEqual(['test', 'raw', 'seen'])
    expect(both?.finals['test']).toEqual(plain?.finals['test'])
    expect(both?.finals['raw']?.loss).not.toBe(both?.finals['test']?.loss)
    expect(both?.epochs).toMatchObject(both?.epochs.map(() => ({ evaluations: { test: {} } })) ?? [])
    expect(both?.epochs.flatMap(({ evaluations }) => Object.keys(evaluations))).toEqual(['test', 'test'])
    expect(both?.dataset.rows).toEqual({ train: 40, test: 20, raw: 20, seen: 40 })
  })

  it('sees what the same values stored otherwise would be', async () => {
    const plan = smallPlan({
      data: { dataset: 'noise', tables: { half: { encodings: { image: { kind: 'numbers', scale: 1 / 510 } } } } },
    })
    const { test, train: trained } = plan.dataset.splits
    const [image, label] = [test?.columns['image'], test?.columns['label']]
    if (image === undefined || label === undefined) throw new Error('no test table')
    const halved = { dtype: 'float64', shape: [4, 4], encoding: { kind: 'numbers' } } as const
    const own = await recordFor(plan)
    // The training columns are stored as they are trained on, so that the weights are the same bits.
    const trainImage = trained.columns['image']
    if (trainImage === undefined) throw new Error('no training table')
    const dataset: Dataset = {
      ...plan.dataset,
      fields: { ...plan.dataset.fields, image: halved },
      splits: {
        train: dataTable({ ...trained.columns, image: scaled(trainImage, 1 / 255) }),
        test: dataTable({ label, image: scaled(image, 1 / 510) }),
      },
    }
    const arm = onlyArm({ ...plan.arm, data: { dataset: 'noise' } })
    const other = await recordFor(planFor({ armName: 'default', arm, dataset, registry: builtins }))
    expect(other.losses).toEqual(own.losses)
    expect(other.finals['test']).toEqual(own.finals['half'])
  })

  it.each([
    [{ x: { of: 'validation' } }, 'data.tables.x.of: expected a split of "noise" (train, test), got "validation"'],
    [
      { x: { encodings: { pixels: { kind: 'numbers' } } } },
      'data.tables.x.encodings: expected one of the fields of "noise" (image, label), got "pixels"',
    ],
    [
      { x: { encodings: { label: { kind: 'numbers' } } } },
      'data.tables.x.encodings.label: expected an encoding of the kind "category", got "numbers"',
    ],
    [
      { x: { encodings: { image: { kind: 'category', count: 256 } } } },
      'data.tables.x.encodings.image: expected an encoding of the kind "numbers", got "category"',
    ],
  ])('that cannot be is refused: %j', (wrong, message) => {
    const make = () => smallPlan({ data: { dataset: 'noise', tables: wrong } })
    expect(make).toThrow(InputError)
    expect(make).toThrow(message)
  })
})
