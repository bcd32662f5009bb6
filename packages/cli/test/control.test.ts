/** Schedules and the ends of trainings from outside: what the command says, writes and refuses. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunRecord } from '@isograd/core'
import { describe, expect, it } from 'vitest'
import { isograd, temporaryDirectory } from './command.js'

/** The path of an experiment on the moons with these changes. */
function experiment(changes: Readonly<Record<string, unknown>> = {}): string {
  const path = join(temporaryDirectory(), 'experiment.json')
  const document = {
    name: 'moons',
    data: { dataset: 'moons', limit: 200 },
    model: { layers: [{ type: 'dense', units: 8 }, { type: 'activation' }, { type: 'dense', units: 2 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 20,
    epochs: 4,
    ...changes,
  }
  writeFileSync(path, JSON.stringify(document))
  return path
}

async function run(path: string, ...args: readonly string[]) {
  return isograd(['run', path, '-b', 'reference', '--out', join(path, '../out'), ...args])
}

function recordOf(path: string): RunRecord {
  return JSON.parse(readFileSync(join(path, '../out/moons-default-reference-seed0/record.json'), 'utf8')) as RunRecord
}

describe.concurrent('a training that is ended', () => {
  it('by a time limit says so, exits with 0, and has a page', async () => {
    const path = experiment()
    const { status, stdout } = await run(path, '--time-limit', '0.000001s')
    expect(status).toBe(0)
    expect(stdout).toContain('stopped after step 1 as its time was up')
    expect(recordOf(path).end).toEqual({ reason: 'stopped', stopped: { rule: 'timeLimit', step: 1 } })
    expect(readFileSync(join(path, '../out/report.html'), 'utf8')).toContain('stopped after step 1 as its time was up')
  })

  it('by early stopping keeps both the best and the last weights', async () => {
    const earlyStopping = { patience: 1, minChange: 0.5, restoreBest: true }
    const path = experiment({ earlyStopping, keep: 'both', schedule: 'cosine' })
    const { status, stdout } = await run(path)
    expect(status).toBe(0)
    expect(stdout).toContain('stopped after step 20 by early stopping, as nothing got better')
    const files = readdirSync(join(path, '../out/moons-default-reference-seed0'))
    expect(files).toEqual(['record.json', 'weights.last.safetensors', 'weights.safetensors'])
    expect(readFileSync(join(path, '../out/report.html'), 'utf8')).toContain('Learning rate by step')
  })
})

it('refuses a time limit that is none, and a group that matches nothing', async () => {
  const late = await run(experiment(), '--time-limit', 'soon')
  expect([late.status, late.stdout]).toEqual([2, ''])
  expect(late.stderr).toContain(
    'timeLimit (on the command line): expected seconds, or a duration such as "90s", "10m" or "1h30m", got "soon"',
  )
  const odd = await run(experiment({ groups: [{ match: 'dens1', frozen: true }] }))
  expect([odd.status, odd.stdout]).toEqual([2, ''])
  expect(odd.stderr).toContain('did you mean "dense1"?')
})

it('lists the schedules', async () => {
  const { stdout } = await isograd(['list', '--json'])
  const { schedules } = JSON.parse(stdout) as { readonly schedules: readonly { readonly name: string }[] }
  expect(schedules.map(({ name }) => name)).toContain('cosineRestarts')
})
