/**
 * Events as TensorBoard reads them: an `Event` message (tensorflow/core/util/event.proto) in the framing of a record
 * file: length as uint64, masked CRC-32C of the length, the data, masked CRC-32C of the data, all little-endian.
 */
import type { RunRecord } from '@isograd/core'
import { maskedCrc32c } from './crc32c.js'
import { bytesField, concatenate, doubleField, doublesField, floatField, textField, wholeField } from './wire.js'

type Histogram = NonNullable<RunRecord['histograms']>[number]['weights'][number]

/** A value of an event under a tag, such as `loss` or `gradients/dense1.weight`. */
export type Summary =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: Histogram }

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

/** `Summary.Value` */
function valueMessage(summary: Summary): Uint8Array {
  const value = 'scalar' in summary ? floatField(2, summary.scalar) : bytesField(5, histogramMessage(summary.histogram))
  return concatenate([textField(1, summary.tag), value])
}

/** The first record of a file. `seconds` are those since 1970. */
export function versionRecord(seconds: number): Uint8Array {
  return frame(concatenate([doubleField(1, seconds), textField(3, 'brain.Event:2')]))
}

/** A record of values at a step. */
export function summaryRecord(seconds: number, step: number, summaries: readonly Summary[]): Uint8Array {
  const summary = concatenate(summaries.map((each) => bytesField(1, valueMessage(each))))
  return frame(concatenate([doubleField(1, seconds), wholeField(2, step), bytesField(5, summary)]))
}
