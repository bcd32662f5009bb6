/** Escaping: what a message may hold must not break the format that it is put into. */
import type { CheckReport, Finding } from '@isograd/core/compare'
import type { ConformanceReport } from '@isograd/core/conformance'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkAnnotations, escapeData, escapeProperty } from '../src/documents/check-github.js'
import { checkJunit } from '../src/documents/check-junit.js'
import { conformanceJunit } from '../src/documents/conformance-junit.js'
import { xmlText } from '../src/documents/junit.js'
import { checkMarkdown } from '../src/documents/check-markdown.js'
import { checkReport } from '../src/terminal/check.js'
import { markdownCell } from '../src/text/markdown.js'

function finding(sentence: string, severity: Finding['severity'] = 'fault'): Finding {
  return {
    severity,
    mode: 'ops',
    kind: 'operation',
    backend: 'x',
    arm: 'a',
    measured: 2,
    tolerance: 1,
    toleranceName: 'ops',
    sentence,
  }
}

function report(findings: readonly Finding[], experiment = 'e'): CheckReport {
  return {
    schema: 'isograd.check/2',
    experiment,
    backends: [{ name: 'x', info: { versions: {}, device: 'cpu', threads: 1, dtypes: [], options: {} } }],
    modes: ['ops'],
    arms: [
      {
        arm: 'a',
        precision: 'float32',
        tolerances: {} as CheckReport['arms'][number]['tolerances'],
        judgements: { ops: { verdict: 'disagree', reason: 'r' } },
        operations: [],
        steps: [],
        runs: [],
        unchecked: [],
      },
    ],
    findings,
    failures: [],
    pairs: [{ backends: ['x'], verdict: 'disagree', reason: 'r', next: 'n' }],
    verdict: 'disagree',
    reason: 'r',
  }
}

describe('workflow commands', () => {
  it('escape what would end a line or a property', () => {
    expect(escapeData('50 %\r\nx:y,z')).toBe('50 %25%0D%0Ax:y,z')
    expect(escapeProperty('50 %\nx:y,z')).toBe('50 %25%0Ax%3Ay%2Cz')
  })

  it('are one line each, whatever they say, and can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sentence) => {
        const [line = '', ...more] = checkAnnotations(report([finding(sentence)]))
        expect(more).toEqual([])
        expect(line).not.toMatch(/[\r\n]/)
        const value = line.slice(line.indexOf('::', 2) + 2)
        const read = value.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%')
        expect(read).toBe(sentence)
      }),
    )
  })

  it('are ten of each kind at most', () => {
    const many = Array.from({ length: 30 }, (_, i) => finding(String(i), i < 15 ? 'fault' : 'remark'))
    const lines = checkAnnotations(report(many))
    expect(lines.filter((line) => line.startsWith('::error'))).toHaveLength(10)
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(10)
  })
})

/** Markup without what it holds. */
function frame(xml: string): string {
  return xml.replace(/"[^"]*"/g, '""').replace(/>[^<]*</g, '><')
}

describe('JUnit', () => {
  it('escapes markup, shows controls and leaves out what XML cannot hold', () => {
    expect(xmlText(`<a b="c">&'`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&apos;')
    expect(xmlText('a\u0000b\u001fc\ud800d')).toBe('a\\u0000b\\u001fc d')
    expect(xmlText('tab\tline\nüñ𝄞')).toBe('tab\tline\nüñ𝄞')
  })

  it('has no markup but its own, whatever is said', () => {
    const expected = frame(checkJunit(report([finding('plain')])))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sentence) => {
        expect(frame(checkJunit(report([finding(sentence)])))).toBe(expected)
      }),
    )
  })

  it('counts what cannot be told as a failure', () => {
    const [arm] = report([]).arms
    if (arm === undefined) throw new Error('no arm')
    const open = {
      ...report([]),
      arms: [{ ...arm, judgements: { run: { verdict: 'inconclusive', reason: 'chaos' } as const } }],
    }
    expect(checkJunit(open)).toContain('<failure type="inconclusive" message="chaos">chaos</failure>')
    expect(checkJunit(open)).toContain('failures="1"')
  })

  it('has a case for each fault, and one for each backend that has none, with totals and times', () => {
    const two = ['first', 'second'].map((sentence, step) => ({ ...finding(sentence), node: 'n', step }))
    const made = report([...two, finding('told', 'remark')])
    const others = [...made.backends, ...made.backends.map((each) => ({ ...each, name: 'y' }))]
    const xml = checkJunit({ ...made, backends: others }, () => 3)
    const cases = [...xml.matchAll(/<testcase name="([^"]*)" classname="e\.a"(?=[>/])/g)].map(([, name]) => name)
    expect(cases).toEqual(['ops on x: operation n step 0', 'ops on x: operation n step 1', 'ops on y'])
    const totals = 'tests="3" failures="2" errors="0" time="3.000"'
    expect(xml).toContain(`<testsuites name="isograd check" ${totals}>`)
    expect(xml).toMatch(new RegExp(`<testsuite name="e: a" ${totals} skipped="0" timestamp="[-\\dT:]{19}">`))
    expect(xml).not.toContain('told')
  })

  it('keeps to what the schema of Jenkins has', () => {
    // junit-10.xsd of its xunit plugin: the attributes of each element, those that must be there first.
    const attributes: Readonly<Record<string, RegExp>> = {
      testsuites: /^( (name|time|tests|failures|errors)="[^"]*")*$/,
      testsuite: /^ name="[^"]*" tests="\d+" failures="\d+" errors="\d+"( (time|skipped|timestamp)="[-\dT:.]*")*$/,
      testcase: /^ name="[^"]*"( (time|classname)="[^"]*")*$/,
      failure: /^( (type|message)="[^"]*")*$/,
      error: /^( (type|message)="[^"]*")*$/,
      skipped: /^( (type|message)="[^"]*")*$/,
    }
    const failed = [{ backend: 'x', arm: 'a', mode: 'ops', message: 'gone' }] as const
    const results = (['passed', 'failed', 'skipped'] as const).map((status) => ({
      id: `r/${status}`,
      status,
      detail: 'd',
    }))
    const counts = { passed: 1, failed: 1, skipped: 1, unsupported: 0 }
    const conformance = { backend: 'x', results, counts, staleSkips: [{ id: 'r/passed', reason: 'r' }], ok: false }
    const documents = [
      checkJunit(report([finding('plain')])),
      checkJunit({ ...report([]), failures: failed }),
      conformanceJunit({ ...conformance, coverage: {} as ConformanceReport['coverage'] }, () => 0.25),
    ]
    expect(documents[2]).toContain(
      '<testsuites name="isograd conformance" tests="4" failures="2" errors="0" time="1.000">',
    )
    for (const xml of documents) {
      const elements = [...xml.matchAll(/<([a-z]+)((?: [a-z]+="[^"]*")*)\/?>/g)]
      expect(elements.length).toBeGreaterThan(3)
      for (const [, name = '', own] of elements) expect(own).toMatch(attributes[name] ?? /^no such element$/)
    }
  })
})

describe('Markdown', () => {
  it('keeps a cell a cell', () => {
    expect(markdownCell('a|b\nc<d>\\')).toBe('a\\|b c&lt;d>\\\\')
    const lines = checkMarkdown(report([finding('x | y\n| z')])).split('\n')
    const row = lines.find((line) => line.includes('x \\| y'))
    expect(row?.replaceAll('\\|', '').split('|')).toHaveLength(9)
  })
})

describe('the report for people', () => {
  const style = { terminal: false, color: false, unicode: true, width: 80 }

  it('shows no control characters and no more findings than fit, and says how many are left', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ ...finding(`number ${i}\u001b[31m`), backend: `b${i}` }))
    const text = checkReport(style, report(many)).join('\n')
    // oxlint-disable-next-line no-control-regex -- there must be none
    expect(text).not.toMatch(/\u001b/)
    expect(text).toContain('number 11')
    expect(text).not.toContain('number 12')
    expect(text).toContain('and 8 more; --json has them all')
  })

  it.each([Number.POSITIVE_INFINITY, 101])('tells no tolerance of what is far beyond its limit: %s', (measured) => {
    const near = { ...finding('near'), smallestTolerance: 2 }
    const far = { ...finding('far'), measured, ...(Number.isFinite(measured) && { smallestTolerance: measured }) }
    expect(checkReport(style, report([near])).join('\n')).toContain('--tolerance ops=2')
    for (const text of [checkReport(style, report([near, far])).join('\n'), checkJunit(report([far]))]) {
      expect(text).not.toContain('--tolerance')
    }
  })

  it('says a finding in full where it stands and in the last line, and its place in modes and pairs', () => {
    const fault = { ...finding('s is wrong'), node: 'forward/n', step: 3 }
    const whole = report([fault, finding('t is wrong')])
    const reason = 's is wrong (and 1 more)'
    const arms = whole.arms.map((arm) => ({ ...arm, judgements: { ops: { verdict: 'disagree', reason } as const } }))
    const pairs = whole.pairs.map((pair) => ({ ...pair, reason }))
    const lines = checkReport(style, { ...whole, arms, pairs, reason }).map((line) => line.trim())
    expect(lines.filter((line) => line.includes('is wrong') || line.includes('forward/n'))).toEqual([
      'x, forward/n, step 3; in full below (and 1 more)',
      'fault  a, ops: s is wrong',
      'because: x, forward/n, step 3; in full above (and 1 more)',
      'disagree: s is wrong (and 1 more)',
    ])
  })

  it('says findings of one kind once, with the first places of the others, and the tolerance for all of them once', () => {
    const many = [1, 2, 3, 4, 5, 6].map((step) => ({
      ...finding(`at ${step}`),
      node: 'n',
      step,
      measured: step,
      smallestTolerance: step,
    }))
    const text = checkReport({ ...style, width: 200 }, report(many)).join('\n')
    expect(text).toContain('and 5 more like it: a ops n step 2; a ops n step 3; a ops n step 4; ...')
    expect(text).not.toContain('at 2')
    expect(text.match(/--tolerance .*/g)).toEqual(['--tolerance ops=6'])
  })
})
