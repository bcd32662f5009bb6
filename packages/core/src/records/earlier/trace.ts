/** Traces of the form isograd.trace/1 in today's form: the batch stood in tensors of its own, not by field. */
import type { Safetensors } from '../safetensors.js'

/** The form that is read. */
export const EARLIER_TRACE = 'isograd.trace/1'

function todaysName(name: string): string {
  return name.replace(/^(step\/\d+)\/images$/, '$1/data/image').replace(/^(step\/\d+)\/labels$/, '$1/data/label')
}

/** A trace in today's form; one that is in it already is returned as it is. */
export function upgradeTrace(trace: Safetensors, format: string): Safetensors {
  const { tensors, metadata } = trace
  if (metadata['format'] !== EARLIER_TRACE) return trace
  const renamed = Object.entries(tensors).map(([name, value]) => [todaysName(name), value] as const)
  return { tensors: Object.fromEntries(renamed), metadata: { ...metadata, format } }
}
