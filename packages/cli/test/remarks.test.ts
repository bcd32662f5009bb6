/** Remarks on trainings that went wrong: the cure is one for the place where they did. */
import type { RunRecord } from '@isograd/core'
import { expect, it } from 'vitest'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { remarkLines } from '../src/terminal/remarks.js'
import { fixture, isograd } from './command.js'

const style = { terminal: false, color: false, unicode: true, width: 80 }

it('tell a rate, an epsilon, or the data, by the place of the first number that is not finite', async () => {
  const optimizer = 'optimizer={"type":"adam","learningRate":0.001,"epsilon":0}'
  const args = ['--arm', 'relu', '--backend', 'reference', '--limit', '32', '--set', optimizer]
  const { stdout } = await isograd(['run', fixture('tiny.json'), ...args, '--json'])
  const [record] = (JSON.parse(stdout) as RunsDocument).runs
  const nonFinite = record?.end.nonFinite
  if (record === undefined || nonFinite?.origin === undefined) throw new Error('it did not diverge')
  const remarkOf = (stage: string): string => {
    const end = { reason: 'nonFinite' as const, nonFinite: { ...nonFinite, origin: { ...nonFinite.origin, stage } } }
    return remarkLines(style, [{ ...record, end } as RunRecord])
      .join(' ')
      .replace(/\s+/g, ' ')
  }
  expect(remarkOf('update')).toContain('its optimizer divides by 0, which --set optimizer.epsilon=1e-8 prevents')
  expect(remarkOf('data')).toContain('its data have values that are not finite; isograd data inspect names the columns')
  expect(remarkOf('forward')).toContain('a smaller rate may keep them, --set optimizer.learningRate=<rate>')
  expect(remarkOf('data')).toContain('https://github.com/isograd/isograd/blob/main/docs/guides/not-training.md')
})

it('tell of an accuracy that a guess has too, and not of one that is better by three errors', async () => {
  const args = ['--arm', 'relu', '--backend', 'reference', '--limit', '32', '--set', 'goal=null', '--json']
  const { stdout } = await isograd(['run', fixture('tiny.json'), ...args])
  const [record] = (JSON.parse(stdout) as RunsDocument).runs
  if (record === undefined) throw new Error('there is no run')
  const remarkOf = (value: number): string => {
    const test = { loss: 2.3, metrics: { accuracy: { value, error: 0.01 } } }
    return remarkLines(style, [{ ...record, finals: { ...record.finals, test } }]).join(' ')
  }
  expect(remarkOf(0.11)).toMatch(/after \d+ steps no better than a guess, whose accuracy is 10\.00 %/)
  expect(remarkOf(0.13)).not.toContain('guess')
})
