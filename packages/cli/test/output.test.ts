/** Printed text cannot steer the terminal or the CI service that shows it, whoever it is from. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markdownCell } from '../src/text/markdown.js'
import { output, printed } from '../src/errors/output.js'
import { paint, styleOf } from '../src/text/terminal-style.js'

// oxlint-disable-next-line no-control-regex -- the very characters that must not come through
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/

describe('printed', () => {
  it.each([
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['a\u009b31m\u007f', 'a\\u009b31m\\u007f'],
    ['\u202efdp.exe\u2066', '\\u202efdp.exe\\u2066'],
    ['over\rwritten', 'over\\rwritten'],
    ['one\n::warning::two', 'one\n\\u003a:warning::two'],
    ['\u3000 ::set-env name=a::b', '\u3000 \\u003a:set-env name=a::b'],
    ['in a line ##[error]x', 'in a line \\u0023#[error]x'],
    ['##vso[task.complete]', '\\u0023#vso[task.complete]'],
    ['##teamcity[buildStop]', '\\u0023#teamcity[buildStop]'],
    ['tab\tand\nline, a::b and ## c', 'tab\tand\nline, a::b and ## c'],
  ])('%j', (text, shown) => {
    expect(printed(text)).toBe(shown)
  })

  it('lets the colours of the command through, around text that brings its own', () => {
    const style = styleOf({ isTTY: true, mark: output.mark }, {})
    const text = paint(style, ['bold', 'red'], 'x\u001b[2Jy')
    expect(printed(text)).toBe('\u001b[1m\u001b[31mx\\u001b[2Jy\u001b[39m\u001b[22m')
  })

  it('steers nothing, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printed(text)
        expect(shown).not.toMatch(STEERING)
        expect(shown).not.toMatch(/^\s*::/m)
        expect(shown).not.toContain('##[')
      }),
    )
  })

  it('keeps a document of JSON what it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(printed(JSON.stringify(value, undefined, 2)))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

it('a cell of Markdown holds no link, no HTML and no control character', () => {
  expect(markdownCell('![a](http://b) <b> | \u001b[0m\nx')).toBe('!\\[a](http://b) &lt;b> \\| \\\\u001b\\[0m x')
})

it('is the only way out: no other file writes to the streams', () => {
  const source = fileURLToPath(new URL('../src', import.meta.url))
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const writers = files.filter((name) =>
    /process\.std(?:out|err)\.write|console\.|styleOf\(process/.test(readFileSync(join(source, name), 'utf8')),
  )
  // The text of the pages that `reduce` writes prints; itself it writes nothing.
  expect(writers).toEqual([join('reductions', 'page.ts')])
})
