/**
 * Traces that PyTorch wrote: healthy ones agree, whatever the optimizer, activation and loss, and where one thing is
 * otherwise it is named. `vectors/traces.py` says how they are made.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import { makeTrace } from '../src/compare/steps/trace.js'
import { decodeSafetensors, encodeSafetensors } from '../src/records/safetensors.js'
import { referenceBackend } from '../src/reference/backend.js'
import { smallPlan } from './check-subjects.js'
import { type TraceCase, traceCases } from './trace-cases.js'
import vectors from './vectors/traces.json' with { type: 'json' }

const STEPS = 2

async function inputs({ changes }: TraceCase) {
  return makeTrace(smallPlan(changes), referenceBackend(), STEPS)
}

async function checked(name: string, one: TraceCase) {
  const { metadata } = await inputs(one)
  const written = (vectors.traces as Readonly<Record<string, string>>)[name]
  if (written === undefined) throw new Error(`no trace of ${name}`)
  const { tensors } = decodeSafetensors(Uint8Array.from(gunzipSync(Buffer.from(written, 'base64'))))
  return checkTrace(smallPlan(one.changes), { tensors, metadata })
}

const cases = Object.entries(traceCases)
const directory = process.env['TRACE_INPUTS']

describe.skipIf(directory !== undefined)('a trace of PyTorch', () => {
  it.each(cases.filter(([, { told }]) => told === undefined))('%s agrees', async (name, one) => {
    const { verdict, findings } = await checked(name, one)
    expect(findings.map(({ sentence }) => sentence)).toEqual([])
    expect(verdict).toBe('agree')
  })

  it.each(cases.filter(([, { told }]) => told !== undefined))('%s is out, and why is said', async (name, one) => {
    const { verdict, findings } = await checked(name, one)
    expect(verdict).toBe('disagree')
    expect(findings[0]?.sentence).toContain(one.told)
    expect(findings[0]?.tensor).toContain(one.first)
  })
})

describe.runIf(directory !== undefined)('the steps for PyTorch', () => {
  it('are written', async () => {
    const into = directory ?? ''
    mkdirSync(into, { recursive: true })
    for (const [name, one] of cases) {
      // oxlint-disable-next-line no-await-in-loop
      const { tensors, metadata } = await inputs(one)
      writeFileSync(join(into, `${name}.safetensors`), encodeSafetensors(tensors, metadata))
    }
    const causes = cases.map(([name, { cause = '' }]) => [name, cause])
    writeFileSync(join(into, 'cases.json'), JSON.stringify(Object.fromEntries(causes)))
    expect(causes.length).toBeGreaterThan(20)
  })
})
