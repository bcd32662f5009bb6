/** The live view of a training, on a terminal that can be looked at. */
import { execFileSync, spawnSync } from 'node:child_process'
import type { RunEvent } from '@isograd/core'
import type { ProbesEvent, StartEvent } from '@isograd/core/compare'
import { describe, expect, it } from 'vitest'
import { type GradientProbe, gradientProbe } from '../src/documents/run-figures.js'
import { gradientBars } from '../src/terminal/live/gradient-bars.js'
import { LiveProgress } from '../src/terminal/live/live-progress.js'
import { RunHistory, STRETCHES } from '../src/terminal/run-history.js'
import { columnRows, fractionsOf, sparkline } from '../src/text/bars.js'
import { styleOf, type TerminalStyle } from '../src/text/terminal-style.js'
import { bin, fixture, isograd } from './command.js'
import { Terminal } from './terminal.js'

const plain: TerminalStyle = { terminal: true, color: false, unicode: true, width: 80 }
const ascii: TerminalStyle = { ...plain, unicode: false }

const metrics = { accuracy: { label: 'accuracy', format: 'percent', better: 'larger' } } as const

function startOf(
  changes: Partial<Record<'arm' | 'steps' | 'epochs' | 'judgedBy' | 'metrics', unknown>> = {},
): StartEvent {
  const { arm = 'sigmoid', steps = 960, epochs = 3 } = changes
  const judged = { judgedBy: 'accuracy', judgedOn: 'test', metrics, ...changes }
  const start = { type: 'start', arm, backend: 'onnx', steps, spec: { epochs }, stepsPerEpoch: 320, ...judged }
  return start as unknown as StartEvent
}

function gradientsOf(norms: readonly number[], step = 0): ProbesEvent {
  const probes = norms.map((norm, i) => ({
    quantity: 'gradientNorm' as const,
    layer: `dense${i + 1}`,
    parameter: 'weight',
    axes: [],
    values: [norm],
  }))
  return { type: 'probes', step, probes }
}

function normsOf(norms: readonly number[]): GradientProbe {
  const probe = gradientProbe(gradientsOf(norms))
  if (probe === undefined) throw new Error('no gradient')
  return probe
}

function stepsOf(first: number, losses: readonly number[]): RunEvent {
  return { type: 'steps', epoch: 0, first, losses, metric: [], batch: 32, seconds: 1 }
}

const test = { loss: 2, metrics: { accuracy: { value: 0.25, error: 0.01 } } }
const epoch: RunEvent = { type: 'epoch', epoch: 0, trainLoss: 2, evaluations: { test }, seconds: 1 }

/** The screen after these events: the view redraws only a few times a second, so its last draw is asked for. */
function drawn(
  events: readonly RunEvent[],
  style: TerminalStyle = plain,
  terminal = new Terminal(),
  run = 'sigmoid on onnx',
): Terminal {
  const progress = new LiveProgress(terminal, style)
  for (const event of events.slice(0, -1)) progress.event(run, event)
  progress.clear()
  for (const event of events.slice(-1)) progress.event(run, event)
  return terminal
}

const sigmoid = Array.from({ length: 13 }, (_, i) => 10 ** ((i - 12) * 0.6))
const typical = [startOf(), gradientsOf(sigmoid, 100), stepsOf(0, [2.4, 2.3, 2.2]), epoch, stepsOf(3, [1.5])]

describe('columns', () => {
  it('a sparkline has one character a number, lowest to highest', () => {
    expect(sparkline(plain, [0, 0.5, 1])).toBe('▁▅█')
    expect(sparkline(ascii, [0, 0.5, 1])).toBe('.=#')
    expect(sparkline(plain, [undefined, Number.NaN, 2, -1])).toBe(' !█▁')
  })

  it('bars of several rows fill from below, and are never empty', () => {
    expect(columnRows(plain, [1, 0.5, 0.25, 0, undefined], 2).map((row) => row.join(''))).toEqual(['█    ', '██▄▁ '])
  })

  it('numbers lie between their least and greatest', () => {
    expect(fractionsOf([1, 3, 2, undefined, Number.POSITIVE_INFINITY])).toEqual([0, 1, 0.5, undefined, Number.NaN])
    expect(fractionsOf([7, 7])).toEqual([0.5, 0.5])
  })
})

describe('a history', () => {
  it('averages losses in stretches over the whole run', () => {
    const history = new RunHistory(startOf({ steps: STRETCHES * 2 }), 0)
    history.add(stepsOf(0, [1, 3, 10]))
    expect(history.losses.slice(0, 3)).toEqual([2, 10, undefined])
  })

  it('knows rate and time left, also of a run that is gone on with', () => {
    const history = new RunHistory(startOf({ steps: 1000 }), 1000)
    history.add(
      stepsOf(
        500,
        Array.from({ length: 100 }, () => 1),
      ),
    )
    expect([history.rate(3000), history.left(3000), history.fraction]).toEqual([50, 8, 0.6])
  })
})

describe('gradient bars', () => {
  it('span whole decades, four at least, first layer on the left', () => {
    const rows = gradientBars(plain, normsOf([1e-3, 1e-2, 1e-1, 1]), 60)
    expect(rows).toEqual([
      'gradient by layer at step 1, first to last',
      '    1e0             ███',
      '                ███ ███',
      '            ███ ███ ███',
      '   1e-4 ███ ███ ███ ███',
      '        1             4',
    ])
  })

  it('mark what is not a number, and leave a gap for zero', () => {
    const rows = gradientBars(plain, normsOf([0, Number.NaN, 1]), 60)
    expect(rows[4]).toBe('   1e-4     !!! ███')
  })

  it.each([1, 13, 50, 200, 1000])('%i layers fit', (layers) => {
    const norms = Array.from({ length: layers }, (_, i) => 10 ** -i)
    for (const row of gradientBars(plain, normsOf(norms), 79)) expect(row.length).toBeLessThanOrEqual(79)
  })
})

describe('the view', () => {
  it('leaves out a run without steps', () => {
    expect(drawn([startOf({ steps: 0, epochs: 0 }), gradientsOf(sigmoid)]).written).toBe('')
  })

  it('shows bar, rate, loss, accuracy and gradients', () => {
    const { screen } = drawn(typical)
    expect(screen[0]).toBe('sigmoid on onnx   epoch 1 of 3')
    expect(screen[1]).toMatch(/^░+ {3}0% {2}step 4\/960 {2}[\d,.]+ steps\/s {2}\d+:\d\d left$/)
    expect(screen[2]).toBe('loss      1.5000    ▅')
    expect(screen[3]).toBe('accuracy  25.00 %   ▃')
    expect(screen[4]).toBe('gradient by layer at step 101, first to last')
    expect(screen).toHaveLength(10)
  })

  it('shows a metric that is no share by its own label, between its least and greatest', () => {
    const error = { label: 'mean squared error', format: 'number', better: 'smaller' }
    const start = startOf({ judgedBy: 'error', metrics: { error } })
    const epochs = [4, 2].map((value): RunEvent => {
      const evaluation = { loss: 2, metrics: { error: { value, error: 1 } } }
      return { type: 'epoch', epoch: 0, trainLoss: 2, evaluations: { test: evaluation }, seconds: 1 }
    })
    const { screen } = drawn([start, stepsOf(0, [2]), ...epochs, stepsOf(1, [1])])
    expect(screen[3]).toBe('mean squ… 2.0000    █▁')
  })

  it('has no line for a metric where the loss judges', () => {
    const start = startOf({ judgedBy: undefined, metrics: {} })
    const { screen } = drawn([start, stepsOf(0, [2]), epoch, stepsOf(1, [1])])
    expect(screen).toHaveLength(3)
  })

  it('is gone without a trace when it ends', () => {
    const terminal = new Terminal()
    const progress = new LiveProgress(terminal, plain)
    terminal.write('before\n')
    for (const event of typical) progress.event('sigmoid on onnx', event)
    progress.event('sigmoid on onnx', { type: 'end' } as RunEvent)
    expect(terminal.screen).toEqual(['before'])
  })

  it('frees its lines for a note, which stays', () => {
    const terminal = new Terminal()
    const progress = new LiveProgress(terminal, plain)
    for (const event of typical) progress.event('sigmoid on onnx', event)
    progress.note('look')
    progress.event('sigmoid on onnx', stepsOf(4, [1.4]))
    expect(terminal.screen[0]).toBe('look')
    expect(terminal.screen[1]).toBe('sigmoid on onnx   epoch 1 of 3')
  })

  it.each([
    [80, 24, 10],
    [80, 6, 4],
    [40, 24, 10],
    [20, 3, 2],
    [12, 24, 9],
    [9, 24, 4],
  ])('in %i columns and %i rows no line wraps, and what has no room is left out', (columns, rows, lines) => {
    const run = 'an arm with a name that is much too long for it on onnx'
    const { screen } = drawn(typical, plain, new Terminal(columns, rows), run)
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThan(columns)
    expect(screen).toHaveLength(lines)
  })

  it('has no colour with NO_COLOR and nothing but ASCII with --ascii', () => {
    const style = styleOf({ isTTY: true }, { LANG: 'C.UTF-8', NO_COLOR: '1' }, true)
    const { written, screen } = drawn(typical, style)
    // oxlint-disable-next-line no-control-regex -- colours are control sequences
    expect(written).not.toMatch(/\u001b\[[0-9;]*m/)
    // oxlint-disable-next-line no-control-regex
    expect(screen.join('')).toMatch(/^[\u0020-\u007e]+$/)
  })

  it('takes names as data', () => {
    const { screen, written } = drawn(typical, plain, new Terminal(), 'a\u001b[2Jb on onnx')
    expect(screen[0]).toContain('a\\u001b[2Jb on onnx')
    expect(written).not.toContain('\u001b[2J')
  })

  it('shows a loss that is not a number as such', () => {
    const { screen } = drawn([startOf(), stepsOf(0, [Number.NaN])])
    expect(screen[2]).toBe('loss      NaN       !')
  })
})

describe('the view of several runs', () => {
  const names = ['relu on onnx', 'sigmoid on onnx', 'relu on tfjs-wasm', 'sigmoid on tfjs-wasm']

  /** Events of so many runs, in turn; the second run is probed last. */
  function shared(count: number): [string, RunEvent][] {
    const runs = names.slice(0, count)
    const each = [startOf(), gradientsOf(sigmoid, 100), stepsOf(0, [2.4, 2.3, 2.2]), epoch]
    const events = each.flatMap((event) => runs.map((run): [string, RunEvent] => [run, event]))
    return [...events, [names[1] ?? '', gradientsOf(sigmoid, 200)], [names[0] ?? '', stepsOf(3, [1.5])]]
  }

  function sharedScreen(count: number, terminal = new Terminal(), style: TerminalStyle = plain): string[] {
    const progress = new LiveProgress(terminal, style)
    const events = shared(count)
    for (const [run, event] of events.slice(0, -1)) progress.event(run, event)
    progress.clear()
    for (const [run, event] of events.slice(-1)) progress.event(run, event)
    return terminal.screen
  }

  it('has title, bar and curves of each, and their gradients side by side', () => {
    const screen = sharedScreen(2)
    expect(screen).toHaveLength(14)
    expect([screen[0], screen[4]]).toEqual(['relu on onnx   epoch 1 of 3', 'sigmoid on onnx   epoch 1 of 3'])
    expect(screen[1]).toMatch(/^░+ {3}0% {2}step 4\/960 .* left$/)
    expect(screen[5]).toMatch(/^░+ {3}0% {2}step 3\/960 .* left$/)
    expect([screen[2], screen[6]]).toEqual(['loss      1.5000    ▅', 'loss      2.2000    ▅'])
    expect(screen[8]).toMatch(/^relu on onnx, step 101 {18}sigmoid on onnx, step 201$/)
    expect(screen[13]).toMatch(/^ {8}1 +13 {8,}1 +13$/)
  })

  it('draws gradients of all on one scale', () => {
    const terminal = new Terminal()
    const live = new LiveProgress(terminal, plain)
    for (const run of names.slice(0, 2)) live.event(run, startOf())
    live.event('relu on onnx', gradientsOf([1, 1, 1]))
    live.event('sigmoid on onnx', gradientsOf([1e-6, 1e-3, 1]))
    live.clear()
    live.event('relu on onnx', stepsOf(0, [1]))
    const [top = '', , , bottom = ''] = terminal.screen.slice(-5)
    expect(top).toMatch(/^ {4}1e0 ███ ███ ███ +1e0 {9}███$/)
    expect(bottom).toMatch(/^ {3}1e-6 ███ ███ ███ +1e-6 ▁▁▁ ███ ███$/)
  })

  it('goes back to one run when the others are over, and is gone when all are', () => {
    const terminal = new Terminal()
    const progress = new LiveProgress(terminal, plain)
    for (const [run, event] of shared(2)) progress.event(run, event)
    progress.remove('relu on onnx')
    expect(terminal.screen[0]).toBe('sigmoid on onnx   epoch 1 of 3')
    expect(terminal.screen[4]).toBe('gradient by layer at step 201, first to last')
    expect(terminal.screen).toHaveLength(10)
    progress.event('sigmoid on onnx', { type: 'end' } as RunEvent)
    expect(terminal.screen).toEqual([])
  })

  it.each([
    [2, 80, 24, 14],
    [2, 80, 12, 8],
    [2, 80, 6, 4],
    [2, 80, 4, 2],
    [4, 80, 24, 22],
    [4, 80, 16, 14],
    [4, 80, 4, 3],
    [4, 40, 24, 22],
    [3, 20, 24, 18],
    [4, 9, 9, 8],
    [3, 5, 3, 2],
  ])('%i runs in %i columns and %i rows: no line wraps, none scrolls', (count, columns, rows, lines) => {
    const screen = sharedScreen(count, new Terminal(columns, rows))
    expect(Math.max(...screen.map((line) => line.length))).toBeLessThan(columns)
    expect(screen).toHaveLength(lines)
  })

  it('counts the runs that have no room', () => {
    expect(sharedScreen(4, new Terminal(80, 4)).slice(1)).toEqual([
      expect.stringMatching(/^sigmoid on onnx +░+ /),
      'and 2 more',
    ])
  })

  it('has no colour with NO_COLOR and nothing but ASCII with --ascii', () => {
    const style = styleOf({ isTTY: true }, { LANG: 'C.UTF-8', NO_COLOR: '1' }, true)
    // oxlint-disable-next-line no-control-regex
    expect(sharedScreen(2, new Terminal(), style).join('')).toMatch(/^[\u0020-\u007e]+$/)
  })
})

describe('the command', () => {
  const tiny = fixture('tiny.json')
  const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

  it.skipIf(!hasScript)('draws the view on a pseudo-terminal and takes it back', () => {
    const command = `stty cols 80 rows 24; LANG=C.UTF-8 '${process.execPath}' '${bin}' run '${tiny}' --backend reference --arm relu`
    const typescript = execFileSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', input: '' })
    expect(typescript).toContain('steps/s')
    const terminal = new Terminal(80, 24)
    terminal.write(typescript)
    const screen = terminal.screen.join('\n')
    expect(screen).toContain('summary')
    expect(screen).not.toContain(' left')
    expect(Math.max(...terminal.screen.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it.skipIf(!hasScript)('writes lines on a terminal with --plain', () => {
    const command = `'${process.execPath}' '${bin}' run '${tiny}' --backend reference --arm relu --plain 2>&1 >/dev/null`
    const typescript = execFileSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', input: '' })
    // oxlint-disable-next-line no-control-regex -- cursor movements are control sequences
    expect(typescript).not.toMatch(/\u001b\[[0-9]*[AJK]/)
    expect(typescript).toMatch(
      /relu on reference: epoch 1 of \d+: loss .* gradient at step \d+: \S+ in dense1, \S+ in dense\d/,
    )
  })

  it('prints the summary alone with --quiet', async () => {
    const { stdout, stderr, status } = await isograd(['run', tiny, '--backend', 'reference', '--quiet'])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/summary/)
    expect(stdout).not.toMatch(/epoch/)
  })
})
