/**
 * Event files, read back by protobufjs from the messages that TensorFlow documents (event.proto, summary.proto) and in
 * the framing of its record files (record_writer.h), with a checksum that is computed bit by bit.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent, RunRecord } from '@isograd/core'
import { type LearningRateSeries, probeSeries } from '@isograd/core/compare'
import * as fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { crc32c, maskedCrc32c } from '../src/tensorboard/crc32c.js'
import { EventLog } from '../src/tensorboard/event-log.js'
import { frame, summaryRecord, versionRecord } from '../src/tensorboard/event-record.js'
import { summariesOf } from '../src/tensorboard/summaries.js'
import { varint } from '../src/tensorboard/wire.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message HistogramProto {
    double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5;
    repeated double bucket_limit = 6 [packed = true]; repeated double bucket = 7 [packed = true];
  }
  message Summary {
    message Value { string tag = 1; oneof value { float simple_value = 2; HistogramProto histo = 5; Tensor tensor = 8; } Metadata metadata = 9; }
    repeated Value value = 1;
  }
  message Tensor { int32 dtype = 1; repeated bytes string_val = 8; }
  message Metadata { PluginData plugin_data = 1; }
  message PluginData { string plugin_name = 1; bytes content = 2; }
  message SessionLog { int32 status = 1; }
  message Struct { oneof kind { double number_value = 2; string string_value = 3; bool bool_value = 4; } }
  message HParams { SessionStart session_start_info = 3; }
  message SessionStart { map<string, Struct> hparams = 1; }
  message Event {
    double wall_time = 1; int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
  }`,
  { keepCase: true },
)

interface ReadHistogram {
  readonly min: number
  readonly max: number
  readonly num: number
  readonly sum: number
  readonly sum_squares: number
  readonly bucket_limit: readonly number[]
  readonly bucket: readonly number[]
}

interface ReadEvent {
  readonly wall_time: number
  /** Left out where it is 0, as everything in proto3 is. */
  readonly step?: number
  readonly file_version?: string
  readonly session_log?: { readonly status: number }
  readonly summary?: {
    readonly value: readonly {
      readonly tag: string
      readonly simple_value?: number
      readonly histo?: ReadHistogram
      readonly tensor?: { readonly string_val: readonly Uint8Array[] }
      readonly metadata?: { readonly plugin_data: { readonly plugin_name: string; readonly content: Uint8Array } }
    }[]
  }
}

/** Long division by the polynomial, a bit at a time. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffffn
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc % 2n === 1n ? 0x82f63b78n : 0n)
  }
  return Number(crc ^ 0xffffffffn)
}

function unmasked(masked: number): number {
  const rotated = BigInt(masked) - 0xa282ead8n + (masked < 0xa282ead8 ? 1n << 32n : 0n)
  return Number(((rotated >> 17n) | (rotated << 15n)) & 0xffffffffn)
}

/** The data of every record; a checksum that is off ends the test. */
function recordsIn(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const found: Uint8Array[] = []
  let at = 0
  while (at < file.length) {
    const length = Number(view.getBigUint64(at, true))
    expect(unmasked(view.getUint32(at + 8, true))).toBe(slowCrc32c(file.subarray(at, at + 8)))
    const data = file.subarray(at + 12, at + 12 + length)
    expect(unmasked(view.getUint32(at + 12 + length, true))).toBe(slowCrc32c(data))
    found.push(data)
    at += 16 + length
  }
  expect(at).toBe(file.length)
  return found
}

function eventsIn(file: Uint8Array): ReadEvent[] {
  const type = root.lookupType('Event')
  return recordsIn(file).map((data) => type.toObject(type.decode(data), { longs: Number }) as ReadEvent)
}

/** The numbers under a tag, as [step, number]. */
function scalars(events: readonly ReadEvent[], tag: string): [number, number][] {
  return events.flatMap(({ step = 0, summary }) =>
    (summary?.value ?? []).flatMap((value): [number, number][] =>
      value.tag === tag && value.simple_value !== undefined ? [[step, value.simple_value]] : [],
    ),
  )
}

function histograms(events: readonly ReadEvent[], tag: string): ReadHistogram[] {
  return events.flatMap(({ summary }) =>
    (summary?.value ?? []).flatMap((value) => (value.tag === tag && value.histo ? [value.histo] : [])),
  )
}

describe('CRC-32C', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i)

  // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['ascending', ascending, 0x46dd794e],
    ['descending', ascending.toReversed(), 0x113fdb5c],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  test('is that of the division bit by bit, and the mask can be taken off', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32c(bytes)).toBe(slowCrc32c(bytes))
        expect(unmasked(maskedCrc32c(bytes))).toBe(slowCrc32c(bytes))
      }),
    )
  })
})

test('varints are groups of seven bits, lowest first', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = [...varint(value)]
      const back = bytes.reduceRight((sum, byte) => sum * 128n + BigInt(byte % 128), 0n)
      expect(back).toBe(BigInt(value))
      expect(bytes.every((byte, i) => byte >= 128 === i < bytes.length - 1)).toBe(true)
    }),
  )
})

test('a file begins as every event file of 24 bytes of version does', () => {
  const record = versionRecord(1.5)
  expect(Buffer.from(record.subarray(0, 12)).toString('hex')).toBe('1800000000000000a37f4b22')
  expect(eventsIn(record)).toEqual([{ wall_time: 1.5, file_version: 'brain.Event:2' }])
})

test('an empty record is framed too', () => {
  expect(recordsIn(frame(new Uint8Array()))).toEqual([new Uint8Array()])
})

test('equal numbers are one bucket, and what is not finite is written as such', () => {
  const histogram = { name: 'x', min: 2, max: 2, sum: 6, sumOfSquares: 12, counts: [3, 0], notFinite: 0 }
  const [event] = eventsIn(
    summaryRecord(1, 5, [
      { tag: 'a', histogram },
      { tag: 'b', scalar: Number.NaN },
      { tag: 'c', scalar: Number.NEGATIVE_INFINITY },
    ]),
  )
  expect(event?.step).toBe(5)
  expect(event?.summary?.value[0]?.histo).toEqual({
    min: 2,
    max: 2,
    num: 3,
    sum: 6,
    sum_squares: 12,
    bucket_limit: [2],
    bucket: [3],
  })
  expect(event?.summary?.value.slice(1).map((value) => value.simple_value)).toEqual([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ])
})

async function trained(): Promise<{ readonly events: ReadEvent[]; readonly record: RunRecord }> {
  const directory = temporaryDirectory()
  const args = ['run', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--probe-every', '3', '--json']
  const { stdout, status } = await isograd([...args, '--tensorboard', join(directory, 'a', 'b')])
  expect(status).toBe(0)
  const file = readFileSync(join(directory, 'a/b/tiny-relu-reference-seed0/events.out.tfevents.isograd'))
  const [record] = (JSON.parse(stdout) as RunsDocument).runs
  if (record === undefined) throw new Error('no run')
  return { events: eventsIn(file), record }
}

/** The probed numbers of a layer's weight, [step, number]. */
function probed(record: RunRecord, quantity: 'gradientNorm' | 'updateRatio', layer: string): [number, number][] {
  const series = probeSeries(record, quantity).find((one) => one.layer === layer && one.parameter === 'weight')
  return (series?.steps ?? []).map((step, i) => [step, Math.fround(Number(series?.values[i]))])
}

/** Events of a run of two epochs of five steps, from a step on. */
function stepsFrom(first: number): RunEvent[] {
  const losses = Array.from({ length: 10 - first }, (_, i) => first + i)
  return [{ type: 'steps', epoch: 0, first, losses, metric: [], batch: 1, seconds: 0 }]
}

test('learning rates stand where they change, under their group where there are several', () => {
  const event = { type: 'steps', epoch: 0, first: 4, losses: [1, 2], metric: [], batch: 10, seconds: 1 } as const
  const facts = { judgedOn: 'test', stepsPerEpoch: 9 }
  const told = (learningRates: readonly LearningRateSeries[]) =>
    summariesOf({ ...event, learningRates }, facts)
      .slice(2)
      .map(({ step, summaries }) => [step, summaries])
  const falling = { group: 'all', steps: [4, 5], values: [0.1, 0.05] }
  expect(told([falling])).toEqual([
    [4, [{ tag: 'learning rate', scalar: 0.1 }]],
    [5, [{ tag: 'learning rate', scalar: 0.05 }]],
  ])
  expect(told([falling, { group: '*.bias', steps: [4], values: [1] }]).at(-1)).toEqual([
    4,
    [{ tag: 'learning rate/*.bias', scalar: 1 }],
  ])
})

describe('a run that is gone on with', () => {
  const [directory, name] = [temporaryDirectory(), 'one']
  const path = join(directory, 'tiny-relu-reference-seed0', 'events.out.tfevents.isograd')
  const start = {
    type: 'start',
    preset: 'tiny',
    arm: 'relu',
    backend: 'reference',
    spec: { name: 'tiny', seed: 0, optimizer: { type: 'sgd', learningRate: 0.5 }, lastBatch: 'keep' },
    judgedOn: 'test',
    stepsPerEpoch: 5,
  } as unknown as Extract<RunEvent, { type: 'start' }>

  function log(events: readonly RunEvent[]): void {
    const log_ = new EventLog(directory)
    for (const event of [start, ...events]) log_.event(name, event)
    log_.close()
  }

  test('continues its file: later steps are told again, and a record that was cut short is gone', () => {
    log(stepsFrom(0))
    appendFileSync(path, versionRecord(1).subarray(0, 17))
    log(stepsFrom(6))
    const events = eventsIn(readFileSync(path))
    const at = events.findIndex(({ session_log: status }) => status?.status === 1)
    expect(events[at]?.step).toBe(6)
    expect(scalars(events.slice(0, at), 'loss/train').map(([step]) => step)).toEqual([...Array(10).keys()])
    expect(scalars(events.slice(at), 'loss/train')).toEqual([6, 7, 8, 9].map((step) => [step, step]))
    expect(events.filter((event) => event.file_version !== undefined)).toHaveLength(1)
  })

  test('names its settings as hyperparameters, and its experiment as text', () => {
    log(stepsFrom(0))
    const values = eventsIn(readFileSync(path)).flatMap(({ summary }) => summary?.value ?? [])
    const plugin = (wanted: string) => values.find(({ metadata }) => metadata?.plugin_data.plugin_name === wanted)
    const type = root.lookupType('HParams')
    const content = plugin('hparams')?.metadata?.plugin_data.content ?? new Uint8Array()
    expect(type.toObject(type.decode(content))).toEqual({
      session_start_info: {
        hparams: {
          arm: { string_value: 'relu' },
          backend: { string_value: 'reference' },
          seed: { number_value: 0 },
          'optimizer.type': { string_value: 'sgd' },
          'optimizer.learningRate': { number_value: 0.5 },
          lastBatch: { string_value: 'keep' },
        },
      },
    })
    const text = new TextDecoder().decode(plugin('text')?.tensor?.string_val[0])
    expect(text).toContain('**tiny, relu, on reference**')
  })
})

describe('isograd run --tensorboard', () => {
  test('has the losses, accuracies, norms and histograms of the record', async () => {
    const { events, record } = await trained()
    expect(events[0]?.file_version).toBe('brain.Event:2')
    expect(scalars(events, 'loss/train')).toEqual(record.losses.map((loss, step) => [step, Math.fround(loss)]))
    const perEpoch = record.steps / record.epochs.length
    expect(scalars(events, 'accuracy/test')).toEqual(
      record.epochs.map(({ evaluations }, i) => [
        (i + 1) * perEpoch,
        Math.fround(Number(evaluations['test']?.metrics['accuracy']?.value)),
      ]),
    )
    expect(scalars(events, 'gradient norm/dense1')).toEqual(probed(record, 'gradientNorm', 'dense1'))
    expect(scalars(events, 'update to weight/dense2')).toEqual(probed(record, 'updateRatio', 'dense2'))
    const probes = record.histograms?.length ?? 0
    expect(probes).toBeGreaterThan(1)
    const [first] = record.histograms ?? []
    const [read] = histograms(events, 'gradients/dense1.weight')
    expect(read?.bucket).toEqual(first?.gradients[0]?.counts)
    expect([read?.min, read?.max, read?.sum, read?.sum_squares]).toEqual([
      first?.gradients[0]?.min,
      first?.gradients[0]?.max,
      first?.gradients[0]?.sum,
      first?.gradients[0]?.sumOfSquares,
    ])
    expect(read?.bucket_limit).toHaveLength(read?.bucket.length ?? -1)
    expect(read?.bucket_limit.at(-1)).toBe(read?.max)
    expect(histograms(events, 'weights/dense2.bias')).toHaveLength(probes)
    expect(histograms(events, 'pre-activations/activation1')).toHaveLength(probes)
  })

  test('says which directory cannot be written', async () => {
    const { status, stderr } = await isograd([
      'run',
      fixture('tiny.json'),
      '--backend',
      'reference',
      '--tensorboard',
      fixture('tiny.json'),
    ])
    expect(status).toBe(2)
    expect(stderr).toMatch(/--tensorboard: .*tiny\.json: .*name a directory that can be written/)
  })
})
