/** For tests of any framework: a backend from its adapter, and a failure that is told in the words of the report alone. */
import type { Adapter, AdapterOptions, Backend } from '../backend/contract.js'
import { type ConformanceReport, describeReport } from './run.js'

/** An error of which test frameworks print the words: where it was thrown says nothing about the backend. */
function failure(text: string): Error {
  const error = new Error(text)
  error.stack = text
  return error
}

/** A backend of an adapter, the preferred one unless told. @throws Error with the reason that there is none, and the cure. */
export async function openAdapter(
  adapter: Adapter,
  variant: string = adapter.variants[0] ?? '',
  options: AdapterOptions = {},
): Promise<Backend> {
  const made = await adapter.create(variant, options)
  if (made.ok) return made.backend
  throw failure(`${adapter.name}: ${made.reason}; ${made.cure}`)
}

/** @throws Error with `describeReport` of a report in which something failed. */
export function assertConforms(report: ConformanceReport): void {
  if (!report.ok) throw failure(describeReport(report))
}
