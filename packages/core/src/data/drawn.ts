/** Data sets that are drawn, for programs that have no files at hand: those of a page. */
import type { ArmSpec } from '../experiment/arm.js'
import { FieldError } from '../errors.js'
import type { Registry } from '../registry/registry.js'
import { dataOptions } from './data-options.js'
import type { Dataset } from './dataset.js'
import type { DataRecord, DataSize } from './record.js'

/** The size that an experiment asks a drawn set to have. */
export function sizeOf({ limit, testLimit }: ArmSpec['data']): DataSize {
  return { ...(limit !== undefined && { train: limit }), ...(testLimit !== undefined && { test: testLimit }) }
}

/** Draws the data set of an arm. @throws FieldError for a set that lies in files; ExperimentError for its settings. */
export async function drawnDataset({ data }: Pick<ArmSpec, 'data'>, registry: Registry): Promise<Dataset> {
  const record: DataRecord | undefined = Object.hasOwn(registry.data, data.dataset)
    ? registry.data[data.dataset]
    : undefined
  if (record?.from === 'generator') {
    return record.make(dataOptions(`"${data.dataset}"`, record, data.options), sizeOf(data))
  }
  const names = Object.keys(registry.data).filter((name) => registry.data[name]?.from === 'generator')
  throw new FieldError('data.dataset', `expected a set that is drawn (${names.join(', ')}), got "${data.dataset}"`)
}
