/** YAML is read as YAML 1.2 with the core schema and no more: no tags, no merge keys, no documents beside the one. */
import { InputError } from '@isograd/core'
import { expect, it, test } from 'vitest'
import { parseYaml } from '../src/input/yaml-document.js'

it('takes what YAML 1.1 had other meanings for as texts', () => {
  const text = 'a: no\nb: yes\nc: 2001-12-14\nd: 1_000\ne: 1:30\nf: on\n<<: { g: 1 }\nh: 017'
  const value = { a: 'no', b: 'yes', c: '2001-12-14', d: '1_000', e: '1:30', f: 'on', '<<': { g: 1 }, h: 17 }
  expect(parseYaml(text, 'e.yaml').value).toEqual(value)
})

it('takes anchors and aliases, and names that every object has', () => {
  expect(parseYaml('a: &x { b: 1 }\nc: *x', 'e.yaml').value).toEqual({ a: { b: 1 }, c: { b: 1 } })
  expect(Object.keys(parseYaml('__proto__: 1\nconstructor: 2', 'e.yaml').value as object)).toHaveLength(2)
})

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]', ...'b c d e f g h i'.split(' ')].map((name, i, all) =>
  i === 0
    ? name
    : `${name}: &${name} [${Array.from({ length: 9 }, () => `*${i === 1 ? 'a' : all[i - 1]}`).join(', ')}]`,
)

test.each([
  ['an earlier version', '%YAML 1.1\n---\na: no', /line 1, column 1: expected YAML 1\.2, got a directive for 1\.1/],
  ['a tag', 'a: 1\nb: !!binary AAAA', /line 2, column \d+: Unresolved tag/],
  ['a tag of the core', 'a: !!str 5', /line 1, column \d+: expected no tag, got "tag:yaml\.org,2002:str"/],
  ['a tag of its own', 'a: !run x', /Unresolved tag: !run/],
  ['a set', 'a: !!set { x, y }', /Unresolved tag/],
  ['two documents', '--- a\n--- b', /line 2, column 1: expected one document, got another behind it/],
  ['a key twice', 'a: 1\na: 2', /line 2, column 1: Map keys must be unique/],
  ['a key that is a list', '? [a, b]\n: 1', /expected a key that is a word/],
  ['a list within itself', 'a: &a [1, *a]', /"\*a" is within itself/],
  ['a map within itself', '&a { b: { c: *a } }', /"\*a" is within itself/],
  ['aliases of aliases', bomb.join('\n'), /not usable as YAML: aliases of aliases make too much of it/],
  ['an alias of nothing', 'a: *b', /Unresolved alias/],
  ['too many levels', '['.repeat(100_000), /nested too deeply|levels/],
])('%s is refused', (_, text, message) => {
  expect(() => parseYaml(text, 'e.yaml')).toThrow(InputError)
  expect(() => parseYaml(text, 'e.yaml')).toThrow(message)
})

/** True where a text is read, or refused as the file's fault. */
function isReadOrRefused(text: string): boolean {
  try {
    parseYaml(text, 'e.yaml')
    return true
  } catch (error) {
    return error instanceof InputError
  }
}

const many = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join('')

test.each([
  ['80,000 keys', many(80_000, (i) => `k${i}: 1\n`)],
  ['a key 150,000 times', 'a: 1\n'.repeat(150_000)],
  ['20,000 aliases', `a: &a [x]\n${many(20_000, (i) => `b${i}: *a\n`)}`],
  ['500,000 open lists', '['.repeat(500_000)],
  ['200,000 open maps', '{a: '.repeat(200_000)],
  ['100,000 anchors', '&a '.repeat(100_000)],
  ['100,000 tags', '!t '.repeat(100_000)],
  ['a map of 150,000 equal keys', `{${'a: 1,'.repeat(150_000)}}`],
  ['500,000 dashes', '- '.repeat(500_000)],
  ['a text of 250,000 lines', `a:\n${'  x\n'.repeat(250_000)}`],
  // What is quadratic takes minutes; a busy machine takes twice the second of an idle one.
])('%s do not take long', (_, text) => {
  const before = process.cpuUsage()
  expect(isReadOrRefused(text)).toBe(true)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1e6).toBeLessThan(6)
})
