/** The place where a run left the finite numbers, in words. */
import type { NonFiniteOperation, NonFinitePlace } from './non-finite.js'

function rounded(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value)
}

function operationText({ operation, layer, stage }: NonFiniteOperation): string {
  return layer === '' ? `${operation} (${stage})` : `${operation} of ${layer} (${stage})`
}

function inputText({ name, largest, notFinite }: NonFiniteOperation['inputs'][number]): string {
  const bad = notFinite === 0 ? '' : `, and ${notFinite} not finite`
  return `${name} up to ${rounded(largest)}${bad}`
}

/** `step 2, in matmul of dense2 (forward)`; steps count from 1. */
export function nonFinitePlaceText({ step, origin }: NonFinitePlace): string {
  return `step ${step + 1}${origin === undefined ? '' : `, in ${operationText(origin)}`}`
}

/**
 * All of it: step, loss, operation, and its inputs by their largest absolute values. One sentence, or two where the
 * operation is known.
 */
export function nonFiniteText({ step, loss, origin }: NonFinitePlace): string {
  const what = Number.isFinite(loss) ? `its loss of ${rounded(loss)} is the last finite one` : `its loss is ${loss}`
  const head = `the numbers are no longer finite from step ${step + 1} on: ${what}`
  if (origin === undefined) return head
  const { value, notFinite, of, inputs } = origin
  const from = inputs.length === 0 ? '' : `, from ${inputs.map(inputText).join(' and ')} (absolute values)`
  return `${head}. First: ${value} in ${notFinite} of ${of} numbers that ${operationText(origin)} gives${from}`
}
