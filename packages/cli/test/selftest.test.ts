/** `isograd selftest`: both tables, and the seeds by which each line can be had again. */
import type { FaultTrial, HealthyResult } from '@isograd/core/compare'
import { describe, expect, test } from 'vitest'
import { selftestReport } from '../src/terminal/selftest.js'
import type { TerminalStyle } from '../src/text/terminal-style.js'
import { isograd } from './command.js'

const plain: TerminalStyle = { terminal: true, color: false, unicode: true, width: 80 }

const healthy = (seed: number, run: 'agree' | 'inconclusive' | 'diverged'): HealthyResult => {
  return { seed, backends: ['onnx'], verdicts: { ops: ['agree'], run: [run] }, alarms: [] }
}

const fault = (seed: number, counts: boolean): FaultTrial => {
  const place = { kind: 'mask-reused', about: '', place: 'dense1', sentence: '' }
  return { ...place, seed, counts, found: counts, named: counts, wronged: [], ok: true }
}

describe.concurrent('isograd selftest', () => {
  test('lists the seeds that were tried, and those that neither agree nor are found', () => {
    const results = {
      backends: ['onnx'],
      healthy: [healthy(5, 'agree'), healthy(6, 'diverged'), healthy(7, 'inconclusive'), healthy(8, 'diverged')],
      faults: [fault(40, true), fault(41, false)],
    }
    const text = selftestReport(plain, results).join('\n')
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'seeds 5 to 8; inconclusive: 7; diverged: 6, 8; isograd selftest --healthy 1 --faults 0 --seed N, with the same --backend, repeats one',
    )
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'seeds 40 to 41; below the noise: 41; isograd selftest --healthy 0 --faults 1 --seed N, with the same --backend, repeats one',
    )
  })

  test('prints both tables of what it tried', async () => {
    const { status, stdout } = await isograd([
      'selftest',
      '--healthy',
      '1',
      '--faults',
      '1',
      '--seed',
      '900',
      '-b',
      'wasm',
    ])
    expect(status).toBe(0)
    expect(stdout).toContain('0 false alarms in 1 experiment\n')
    expect(stdout.match(/seed 900; /g)).toHaveLength(2)
  })
})
