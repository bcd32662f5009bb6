/** The way from a table to predictions: `init`, `describe`, `run`, `predict` of rows. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { DescribeDocument } from '../src/documents/describe-document.js'
import { bin, fixture, isograd, outcomeOf, temporaryDirectory } from './command.js'

/** y = 3 a - 2 b + 5, and the sign of a as a category. */
function table(target: 'y' | 'sign'): { directory: string; file: string } {
  const directory = temporaryDirectory()
  const rows = Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [((i * 37) % 100) / 10 - 5, ((i * 53) % 70) / 7]
    const colour = ['red', 'green', 'blue'][i % 3]
    return [a, b, colour, target === 'y' ? 3 * a - 2 * b + 5 : a < 0 ? 'below' : 'above'].join()
  })
  writeFileSync(join(directory, 'table.csv'), [`a,b,colour,${target}`, ...rows, ''].join('\n'))
  return { directory, file: 'table.csv' }
}

describe.concurrent('isograd init', () => {
  it('makes a file that trains, and whose run predicts rows with the statistics of training', async () => {
    const { directory: cwd, file } = table('y')
    const made = await isograd(['init', '--data', file, '--target', 'y', '--out', 'first.yaml'], { cwd })
    expect(made).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(cwd, 'first.yaml'), 'utf8')).toContain('task: regression')
    const set = ['--set', 'epochs=150', '--set', 'optimizer.learningRate=0.01', '--quiet']
    const run = await isograd(['run', 'first.yaml', '--backend', 'reference', '--out', 'runs', ...set], { cwd })
    expect(run).toMatchObject({ status: 0 })
    const { status, stdout } = await isograd(
      ['predict', 'runs', '--row', 'a=1,b=2,colour=red', '--row', 'a=-2,b=4,colour=blue'],
      { cwd },
    )
    expect(status).toBe(0)
    const [head, ...rows] = stdout.trim().split('\n')
    expect(head).toBe('y')
    // 3 - 4 + 5 and -6 - 8 + 5.
    expect(Math.abs(Number(rows[0]) - 4)).toBeLessThan(1)
    expect(Math.abs(Number(rows[1]) + 9)).toBeLessThan(1)
  })

  it('leaves out names of rows and says so, though held-out rows have others, and some none', async () => {
    const { directory: cwd } = table('y')
    const rows = Array.from({ length: 100 }, (_, i) => {
      const cabin = i % 3 === 0 ? '' : `C${i}`
      return [`person ${i}`, i % 7 === 0 ? '' : i % 10, cabin, 2 * (i % 10) + i / 100, ''].join()
    })
    writeFileSync(join(cwd, 'people.csv'), `name,rooms,cabin,price,note\n${rows.join('\n')}\n`)
    const made = await isograd(['init', '--data', 'people.csv', '--target', 'price'], { cwd })
    expect(made).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toContain('regression: price from 1 column\n  missing values, which are imputed: rooms (')
    expect(made.stdout).toContain('left out, empty or texts of many values: name, cabin, note\n')
    const run = await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--out', 'runs', '--quiet'], { cwd })
    expect(run).toMatchObject({ status: 0 })
    expect(await isograd(['predict', 'runs', '--rows', 'people.csv'], { cwd })).toMatchObject({ status: 0 })
  })

  it('makes a file that trains where categories are rare, of an input and of the target, and leaves out row numbers', async () => {
    const cwd = temporaryDirectory()
    const rows = Array.from({ length: 300 }, (_, i) => {
      const town = i % 20 === 0 ? `Rare${i}` : `Town${i % 3}`
      return [i + 1, (i * 37) % 100, town, i / 7 + 0.5].join()
    })
    writeFileSync(join(cwd, 'towns.csv'), `id,km,town,y\n${rows.join('\n')}\n`)
    for (const target of ['y', 'town']) {
      const out = `${target}.yaml`
      const made = await isograd(['init', '--data', 'towns.csv', '--target', target, '--out', out], { cwd })
      expect(made).toMatchObject({ status: 0, stderr: '' })
      expect(made.stdout).toContain(
        `${target} from 2 columns\n  left out, row numbers (task.inputs would take them): id\n`,
      )
      const run = await isograd(['run', out, '--backend', 'reference', '--set', 'epochs=1', '--quiet'], { cwd })
      expect(run).toMatchObject({ status: 0 })
    }
  })

  it('takes options of the format, which the file keeps, and names them where one is needed', async () => {
    const { directory: cwd } = table('y')
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 9},25;${2 * i},5`)
    writeFileSync(join(cwd, 'comma.csv'), `a;y\n${rows.join('\n')}\n`)
    const args = ['init', '--data', 'comma.csv', '--target', 'y']
    for (const failing of [args, ['data', 'inspect', 'comma.csv']]) {
      const { status, stderr } = await isograd(failing, { cwd })
      expect([status, stderr]).toEqual([2, expect.stringMatching(/got "0,25"; say --option decimal=,\n$/)])
    }
    expect(await isograd([...args, '--option', 'decimal=,'], { cwd })).toMatchObject({ status: 0, stderr: '' })
    const run = await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--quiet'], { cwd })
    expect(run).toMatchObject({ status: 0 })
    const odd = await isograd([...args, '--option', 'decimal=;'], { cwd })
    expect(odd.stderr).toMatch(/--option of the format "csv" .*\n {2}--option decimal: expected/)
  })

  it('takes a single column of whole numbers', async () => {
    const { directory: cwd } = table('y')
    const rows = Array.from({ length: 40 }, (_, i) => `${i},${2 * i + 0.5}`)
    writeFileSync(join(cwd, 'one.csv'), `a,y\n${rows.join('\n')}\n`)
    expect(await isograd(['init', '--data', 'one.csv', '--target', 'y'], { cwd })).toMatchObject({ status: 0 })
    const run = await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--quiet'], { cwd })
    expect(run).toMatchObject({ status: 0 })
  })

  it('refuses a target that is missing in some rows, and writes nothing', async () => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'gaps.csv'), `a,y\n${'1,2\n2,\n3,4\n'.repeat(5)}`)
    const made = await isograd(['init', '--data', 'gaps.csv', '--target', 'y'], { cwd })
    const stderr = 'error: [isograd] gaps.csv, column "y": the target is missing in 5 rows; leave them out\n'
    expect([made, readdirSync(cwd)]).toEqual([{ status: 2, signal: null, stdout: '', stderr }, ['gaps.csv']])
  })

  it('knows categories, and says their names and probabilities', async () => {
    const { directory: cwd, file } = table('sign')
    await isograd(['init', '--data', file, '--target', 'sign'], { cwd })
    const set = ['--set', 'epochs=30', '--set', 'optimizer.learningRate=0.01', '--quiet']
    await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--out', 'runs', ...set], { cwd })
    const child = spawn(process.execPath, [bin, 'predict', 'runs', '--rows', '-', '--to', 'jsonl'], { cwd })
    child.stdin.end('{"a": 4, "b": 1, "colour": "green"}\n{"a": -4, "b": 1, "colour": "red"}\n')
    const { status, stdout } = await outcomeOf(child)
    expect(status).toBe(0)
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string | number>)
    expect(found.map(({ sign }) => sign)).toEqual(['above', 'below'])
    for (const row of found) {
      expect(Number(row['probability above']) + Number(row['probability below'])).toBeCloseTo(1, 5)
    }
    const whole = await isograd(['predict', 'runs', '--rows', file, '--out', 'out.csv'], { cwd })
    expect(whole).toMatchObject({ status: 0, stdout: '' })
    expect(readFileSync(join(cwd, 'out.csv'), 'utf8').split('\n')).toHaveLength(202)
  })

  it('fills in what is missing, and predicts by name which of two categories it is', async () => {
    const { directory: cwd, file } = table('sign')
    writeFileSync(join(cwd, file), `${readFileSync(join(cwd, file), 'utf8')},3,red,above\n`)
    await isograd(['init', '--data', file, '--target', 'sign'], { cwd })
    expect(readFileSync(join(cwd, 'experiment.yaml'), 'utf8')).toMatch(/encoding: *\n? *-? *impute|\[ impute/)
    const set = ['--set', 'epochs=30', '--set', 'optimizer.learningRate=0.01', '--quiet']
    await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--out', 'runs', ...set], { cwd })
    const { stdout } = await isograd(['predict', 'runs', '--row', 'a=-4,b=1,colour=red'], { cwd })
    const [head, row = ''] = stdout.trim().split('\n')
    expect(head).toBe('sign,probability above,probability below')
    const [sign, above, below] = row.split(',')
    expect([sign, Number(above) < Number(below)]).toEqual(['below', true])
    expect(Number(above) + Number(below)).toBeCloseTo(1, 12)
  })

  it("reads rows by the options of the training's format", async () => {
    const { directory: cwd, file } = table('y')
    const text = readFileSync(join(cwd, file), 'utf8')
    writeFileSync(join(cwd, 'comma.csv'), text.replaceAll(',', ';').replaceAll('.', ','))
    const set = ['--set', 'epochs=1', '--quiet']
    await isograd(['init', '--data', file, '--target', 'y'], { cwd })
    const options = ['--set', 'data.path=comma.csv', '--set', 'data.options={"decimal":","}']
    await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--out', 'runs', ...options, ...set], { cwd })
    const rows = await isograd(['predict', 'runs', '--rows', 'comma.csv'], { cwd })
    const [a, b, colour] = (text.split('\n')[1] ?? '').split(',')
    const row = await isograd(['predict', 'runs', '--row', `a=${a},b=${b},colour=${colour}`], { cwd })
    expect(row.stdout.split('\n')[1]).toBe(rows.stdout.split('\n')[1])
    expect([rows.status, row.status]).toEqual([0, 0])
  })

  it('names the modules again in what to do next', async () => {
    const { directory: cwd, file } = table('y')
    writeFileSync(join(cwd, 'mine.mjs'), 'export default { losses: {} }\n')
    const { stdout } = await isograd(['init', '--data', file, '--target', 'y', '--use', './mine.mjs'], { cwd })
    expect(stdout).toContain(
      '  isograd describe experiment.yaml --use ./mine.mjs\n  isograd run experiment.yaml --use ./mine.mjs --out runs\n',
    )
  })

  it('refuses a column whose name is none, as data inspect does', async () => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'odd.csv'), 'a,__proto__,y\n1,2,u\n3,4,v\n')
    for (const words of [
      ['init', '--data', 'odd.csv', '--target', 'y'],
      ['data', 'inspect', 'odd.csv'],
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- two cores
      const { status, stderr } = await isograd(words, { cwd })
      expect([status, stderr]).toEqual([2, expect.stringContaining('no column called "__proto__"')])
    }
  })

  it.each<[string[], RegExp]>([
    [['--data', 'table.csv', '--target', 'z'], /--target: expected a or b or colour or y, got "z"/],
    [['--data', 'absent.csv', '--target', 'y'], /absent\.csv: does not exist/],
    [
      ['--data', 'table.csv'],
      /--target: expected one of a, b, colour, y, got none, and there is no terminal to ask on/,
    ],
    [['--data', 'table.csv', '--target', 'y', '--out', 'out.csv'], /--out: expected a file in \.yaml, \.yml or \.json/],
  ])('refuses %j and writes nothing', async (args, message) => {
    const { directory: cwd } = table('y')
    const { status, stderr } = await isograd(['init', ...args], { cwd })
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })
})

it('names the value of a row that is no number, and the column that was meant', async () => {
  const { directory: cwd, file } = table('y')
  await isograd(['init', '--data', file, '--target', 'y'], { cwd })
  const set = ['--set', 'epochs=1', '--quiet']
  await isograd(['run', 'experiment.yaml', '--backend', 'reference', '--out', 'runs', ...set], { cwd })
  const cases: [rows: string[], message: string][] = [
    [['a=fifty,b=2,colour=red'], '--row, column "a": expected a number, got "fifty"'],
    [['a=1,b=2,colour=red', 'a=1,b=2,colour=pink'], '--row 2, column "colour": expected blue or green or red'],
    [['aa=1,b=2,colour=red'], '--row: expected the column "a", got aa, b, colour; did you mean "a" by "aa"?'],
  ]
  for (const [rows, message] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- each has the processor for itself
    const { status, stderr } = await isograd(['predict', 'runs', ...rows.flatMap((row) => ['--row', row])], { cwd })
    expect([status, stderr]).toEqual([2, expect.stringContaining(`error: [isograd] ${message}`)])
  }
})

describe.concurrent('isograd describe', () => {
  it('counts parameters and memory, and measures the time', async () => {
    const args = ['describe', fixture('tiny.json'), '--backend', 'reference', '--arm', 'relu', '--json']
    const { status, stdout } = await isograd([...args, '--set', 'optimizer={"type":"adam"}'])
    expect(status).toBe(0)
    const { arms } = JSON.parse(stdout) as DescribeDocument
    const [arm] = arms
    expect(arm?.layers.map(({ parameters }) => parameters)).toEqual([0, 784 * 8 + 8, 0, 8 * 10 + 10])
    expect(arm?.parameters).toBe(784 * 8 + 8 + 90)
    expect(arm?.bytes.parameters).toBe(4 * 6370)
    // Two moments of each parameter.
    expect(arm?.bytes.state).toBe(2 * 4 * 6370)
    expect(arm?.times.map(({ backend }) => backend)).toEqual(['reference'])
    const [time] = arm?.times ?? []
    expect((time?.seconds ?? 0) * (time?.stepsPerSecond ?? 0)).toBeCloseTo(arm?.steps ?? -1, 6)
  })

  it('refuses what does not fit', async () => {
    const { status, stderr } = await isograd(['describe', fixture('tiny.json'), '--set', 'model.layers[3].units=9'])
    expect([status, stderr.includes('expected')]).toEqual([2, true])
    const typed = await isograd(['describe', fixture('tiny.json'), '--set', 'epochs=many'])
    expect(typed.stderr).toContain('epochs (on the command line): expected a number, got "many"')
    const spelled = await isograd(['describe', fixture('tiny.json'), '--set', 'optimizer.learningrate=abc'])
    expect(spelled.stderr).toContain('optimizer.learningRate (on the command line): expected a number, got "abc"')
    const preset = await isograd(['describe', 'keras-13x10', '--set', 'activation=reul'])
    expect(preset.stderr).toContain('activation (on the command line): expected')
  })
})
