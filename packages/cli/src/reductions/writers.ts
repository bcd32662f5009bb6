/** The writer of pages for a backend, known by the packages that it computes with. */
import { InputError } from '@isograd/core'
import { onnxWriter } from './onnx-page.js'
import type { PageWriter } from './page.js'
import { tfjsWriter } from './tfjs-page.js'

/** By a package that tells the runtime, first those that others are beside. */
const writers: Readonly<Record<string, PageWriter>> = {
  'onnxruntime-node': onnxWriter('onnxruntime-node'),
  'onnxruntime-web': onnxWriter('onnxruntime-web'),
  '@tensorflow/tfjs-backend-wasm': tfjsWriter('wasm'),
  '@tensorflow/tfjs-backend-cpu': tfjsWriter('cpu'),
}

/** The packages that pages can be written for. */
export const runtimes: readonly string[] = Object.keys(writers)

/** @throws InputError for a runtime that no page can be written for */
export function writerFor(name: string, versions: Readonly<Record<string, string>>): PageWriter {
  const known = runtimes.find((each) => Object.hasOwn(versions, each))
  const writer = known === undefined ? undefined : writers[known]
  if (writer !== undefined) return writer
  const got = Object.keys(versions).join(', ') || 'none'
  throw new InputError(
    'isograd',
    `reduce: pages can be written for ${runtimes.join(', ')}; ${name} computes with ${got}`,
  )
}
