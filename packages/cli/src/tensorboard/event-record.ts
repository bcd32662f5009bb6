/**
 * Events as TensorBoard reads them: an `Event` message (tensorflow/core/util/event.proto) in the framing of a record
 * file: length as uint64, masked CRC-32C of the length, the data, masked CRC-32C of the data, all little-endian.
 */
import type { RunRecord } from '@isograd/core'
import { maskedCrc32c } from './crc32c.js'
import { bytesField, concatenate, doubleField, doublesField, floatField, textField, wholeField } from './wire.js'

type Histogram = NonNullable<RunRecord['histograms']>[number]['weights'][number]

/** A setting of a run, for the table of hyperparameters. */
export type Hyperparameter = number | string | boolean

/** A value of an event under a tag, such as `loss` or `gradients/dense1.weight`. */
export type Summary =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: Histogram }
  | { readonly tag: string; readonly text: string }
  | { readonly tag: string; readonly hyperparameters: Readonly<Record<string, Hyperparameter>> }

function little(bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes))
  write(view)
  return new Uint8Array(view.buffer)
}

/** Data in the framing of a record file. */
export function frame(data: Uint8Array): Uint8Array {
  const length = little(8, (view) => view.setBigUint64(0, BigInt(data.length), true))
  const checksum = (bytes: Uint8Array): Uint8Array => little(4, (view) => view.setUint32(0, maskedCrc32c(bytes), true))
  return concatenate([length, checksum(length), data, checksum(data)])
}

/** `HistogramProto`: the upper ends of the buckets, and what is in them; equal numbers are one bucket. */
function histogramMessage({ min, max, sum, sumOfSquares, counts }: Histogram): Uint8Array {
  const total = counts.reduce((all, count) => all + count, 0)
  const width = (max - min) / counts.length
  const equal = !(width > 0)
  const limits = equal ? [max] : counts.map((_, i) => (i === counts.length - 1 ? max : min + width * (i + 1)))
  return concatenate([
    doubleField(1, min),
    doubleField(2, max),
    doubleField(3, total),
    doubleField(4, sum),
    doubleField(5, sumOfSquares),
    doublesField(6, limits),
    doublesField(7, equal ? [total] : counts),
  ])
}

/** `TensorProto` of one element, and `SummaryMetadata` of the plugin that reads it. */
function pluginFields(plugin: string, content: Uint8Array, dtype: number, element: Uint8Array): Uint8Array {
  const shape = bytesField(2, wholeField(1, 1))
  const tensor = concatenate([wholeField(1, dtype), bytesField(2, shape), element])
  const metadata = bytesField(1, concatenate([textField(1, plugin), bytesField(2, content)]))
  return concatenate([bytesField(8, tensor), bytesField(9, metadata)])
}

const DataType = { float: 1, string: 7 } as const

/** `google.protobuf.Value` */
function protobufValue(value: Hyperparameter): Uint8Array {
  if (typeof value === 'number') return doubleField(2, value)
  return typeof value === 'string' ? textField(3, value) : wholeField(4, Number(value))
}

/** `HParamsPluginData` with a `SessionStartInfo` (tensorboard/plugins/hparams/plugin_data.proto). */
function sessionStart(values: Readonly<Record<string, Hyperparameter>>): Uint8Array {
  const entries = Object.entries(values).map(([name, value]) =>
    bytesField(1, concatenate([textField(1, name), bytesField(2, protobufValue(value))])),
  )
  return bytesField(3, concatenate(entries))
}

/** The value of a `Summary.Value`, with its metadata. */
function valueFields(summary: Summary): Uint8Array {
  if ('scalar' in summary) return floatField(2, summary.scalar)
  if ('histogram' in summary) return bytesField(5, histogramMessage(summary.histogram))
  if ('text' in summary) {
    return pluginFields('text', new Uint8Array(), DataType.string, textField(8, summary.text))
  }
  return pluginFields('hparams', sessionStart(summary.hyperparameters), DataType.float, floatField(5, 0))
}

/** `Summary.Value` */
function valueMessage(summary: Summary): Uint8Array {
  return concatenate([textField(1, summary.tag), valueFields(summary)])
}

/** The first record of a file. `seconds` are those since 1970. */
export function versionRecord(seconds: number): Uint8Array {
  return frame(concatenate([doubleField(1, seconds), textField(3, 'brain.Event:2')]))
}

/** Says that a run goes on at a step: values of it and of later steps before this record do not count. */
export function restartRecord(seconds: number, step: number): Uint8Array {
  const sessionLog = wholeField(1, 1)
  return frame(concatenate([doubleField(1, seconds), wholeField(2, step), bytesField(7, sessionLog)]))
}

/** Bytes of the whole records that a file begins with. */
export function wholeLength(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  let end = 0
  while (end + 8 <= file.length) {
    const next = end + 16 + Number(view.getBigUint64(end, true))
    if (next > file.length) break
    end = next
  }
  return end
}

/** True for a file of whole records whose checksums are theirs. */
export function isWhole(file: Uint8Array): boolean {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const isOf = (from: number, to: number): boolean => view.getUint32(to, true) === maskedCrc32c(file.subarray(from, to))
  let at = 0
  while (at + 16 <= file.length && isOf(at, at + 8)) {
    const end = at + 12 + Number(view.getBigUint64(at, true))
    if (end + 4 > file.length || !isOf(at + 12, end)) return false
    at = end + 4
  }
  return at === file.length
}

/** A record of values at a step. */
export function summaryRecord(seconds: number, step: number, summaries: readonly Summary[]): Uint8Array {
  const summary = concatenate(summaries.map((each) => bytesField(1, valueMessage(each))))
  return frame(concatenate([doubleField(1, seconds), wholeField(2, step), bytesField(5, summary)]))
}
