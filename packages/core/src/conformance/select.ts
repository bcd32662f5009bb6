/** Cases by patterns of their ids. */
import { InputError } from '../errors.js'
import { nearest } from '../nearest.js'
import { isMatch } from '../pattern.js'
import type { ConformanceCase } from './case.js'
import { conformanceCases } from './cases/index.js'

/**
 * The cases whose ids match one of the patterns, in which `*` stands for any text.
 * @throws InputError for a pattern that matches none, with the id nearest to it.
 */
export function casesMatching(option: string, patterns: readonly string[]): ConformanceCase[] {
  const all = conformanceCases()
  const idle = patterns.find((pattern) => !all.some(({ id }) => isMatch(pattern, id)))
  if (idle === undefined) return all.filter(({ id }) => patterns.some((pattern) => isMatch(pattern, id)))
  const operations = [...new Set(all.map(({ id }) => `${id.slice(0, id.indexOf('/'))}/*`))]
  const close = nearest(idle.includes('/') ? idle : `${idle}/*`, [...operations, ...all.map(({ id }) => id)])
  const hint = close === undefined ? '' : `; nearest: "${close}"`
  throw new InputError('isograd', `${option}: expected the id of a case, or a pattern of ids, got "${idle}"${hint}`)
}
