/** Text from records stays text, wherever in the page it stands. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clipName } from '../src/drawings/clip-name.js'
import { escapeText, html, jsonForScript, Markup } from '../src/markup.js'
import { checkCommand, runBesideAnother, shellWord } from '../src/documents/check-command.js'

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('</script>', '<!--', '"', "'", '&amp;', '\u2028', '\u0000'),
)
const text = fc.array(nasty).map((parts) => parts.join(''))

// oxlint-disable-next-line no-control-regex -- control characters are what is replaced
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

function unescaped(markup: string): string {
  return markup.replaceAll(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? '')
}

describe('escaping', () => {
  test('leaves no character of markup, and loses none that may be shown', () => {
    fc.assert(
      fc.property(text, (value) => {
        const escaped = escapeText(value)
        expect(escaped).not.toMatch(/[<>"']/)
        expect(escaped.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
        const visible = value.replaceAll(hidden, '\ufffd')
        expect(unescaped(escaped)).toBe(visible)
      }),
    )
  })

  test('a template escapes everything but markup', () => {
    const name = '<b title="x">&'
    expect(html`<i title="${name}">${[name, new Markup('<hr>'), undefined, false, 0]}</i>`.text).toBe(
      '<i title="&lt;b title=&quot;x&quot;&gt;&amp;">&lt;b title=&quot;x&quot;&gt;&amp;<hr>0</i>',
    )
  })

  test('data in a script cannot end it, and come back', () => {
    fc.assert(
      fc.property(text, (value) => {
        const json = jsonForScript({ value, odd: Number.NaN }).text
        expect(json).not.toContain('<')
        expect(JSON.parse(json)).toEqual({
          value: JSON.parse(JSON.stringify(value)) as string,
          odd: { $number: 'NaN' },
        })
      }),
    )
  })

  test('names in drawings are short, and turn nothing around', () => {
    expect(clipName('a\u202Eb\u0007c', 12)).toBe('abc')
    expect(clipName('😀'.repeat(9), 5)).toBe('😀😀😀😀…')
  })
})

test.each([
  ['plain-word_1.2/x=y', 'plain-word_1.2/x=y'],
  ['two words', "'two words'"],
  ["it's", String.raw`'it'\''s'`],
  ['$(reboot)', "'$(reboot)'"],
  ['', "''"],
])('the shell word of %j is %s', (word, quoted) => {
  expect(shellWord(word)).toBe(quoted)
})

test.each([
  ['run torch-mlp5 --dataset digits --epochs 4 --out runs', 'isograd check torch-mlp5 --dataset digits'],
  [
    'run --quiet -b wasm,onnx --seeds 1,2 e.yaml --set a=b --limit=9 --jobs=2',
    'isograd check -b wasm,onnx e.yaml --set a=b --limit=9 --seed 1',
  ],
  ['run e.yaml --seeds=3,4', 'isograd check e.yaml --seed 3'],
  ['run e.yaml --seeds 3', 'isograd check e.yaml'],
  [
    'run e.yaml --no-color --backend ./mine.mjs --threads 2 --json',
    'isograd check e.yaml --backend ./mine.mjs --threads 2',
  ],
  ['run - --backend ./mine.mjs', undefined],
  ['suite --backend onnx', undefined],
])('the check that goes on from isograd %s', (line, check) => {
  expect(checkCommand(['isograd', ...line.split(' ')])).toBe(check)
})

test.each([
  ['run torch-mlp5 --epochs 4 --out runs', 'isograd run torch-mlp5 --epochs 4 --out runs --backend wasm,onnx'],
  ['run -b onnx e.yaml', 'isograd run e.yaml --backend onnx,wasm'],
  ['run --backend=./mine.mjs e.yaml', 'isograd run e.yaml --backend ./mine.mjs,onnx'],
  ['run -b wasm --backend=wasm e.yaml --backend wasm -bnative', 'isograd run e.yaml --backend native,onnx'],
  ['suite --backend wasm', undefined],
])('the run on another backend that goes on from isograd %s', (line, command) => {
  expect(runBesideAnother(['isograd', ...line.split(' ')], 'wasm')).toBe(command)
})
