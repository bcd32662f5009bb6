/** Runs that are stopped and killed, and gone on with by `isograd resume`. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RandomStream } from '@isograd/core/data'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FilesDocument } from '../src/documents/files-document.js'
import type { RunsDocument } from '../src/documents/runs-document.js'
import { fixture, isograd, type Outcome, outcomeOf, start, temporaryDirectory } from './command.js'
import { sealsOf } from '../src/documents/own-paths.js'

const tiny = fixture('tiny.json')
/** Sleeps in every scan, so that a process is still training when another looks. */
const slow = `${fixture('fake-adapter')}#slow`
const name = 'tiny-relu-onnx-seed0'
const begin = ['run', tiny, '--arm', 'relu', '--backend', 'onnx', '--epochs', '30', '--validation', '0.25']
const KILLS = 8

/** Waits until a condition holds or the process has ended. */
async function until(child: ChildProcess, condition: () => boolean): Promise<void> {
  while (child.exitCode === null && !condition()) {
    // oxlint-disable-next-line no-await-in-loop -- looks every few milliseconds
    await pause(2)
  }
}

/** True where the lock of a directory is this process's: one that was killed may have left its own, to be taken away. */
function holds(child: ChildProcess, directory: string): boolean {
  try {
    return readFileSync(join(directory, 'run.lock'), 'utf8').includes(`"pid":${child.pid},`)
  } catch {
    return false
  }
}

function isWriting(directory: string): boolean {
  return readdirSync(directory).some((each) => each.endsWith('.part'))
}

/** Starts the command, and kills it so long after it has taken its directory, or in its next writing of a file. */
async function killed(
  args: readonly string[],
  directory: string,
  moment: { readonly milliseconds: number; readonly writing: boolean },
): Promise<Outcome> {
  const child = start(args)
  const outcome = outcomeOf(child)
  await until(child, () => holds(child, directory))
  await pause(moment.milliseconds)
  if (moment.writing) await until(child, () => isWriting(directory))
  child.kill('SIGKILL')
  return outcome
}

function finished(directory: string): { record: string; weights: string } {
  return {
    record: readFileSync(join(directory, 'record.json'), 'utf8').replace(/"seconds": [^,\n]+/g, '"seconds": 0'),
    weights: readFileSync(join(directory, 'weights.safetensors'), 'hex'),
  }
}

function isBehindAnEpoch(file: string): boolean {
  return /^checkpoint-[1-9]\d*-\d+-.*\.json$/.test(file)
}

/** The tensors of the checkpoint that counts. */
function tensorsIn(directory: string): string {
  const pointer = JSON.parse(readFileSync(join(directory, 'checkpoint.json'), 'utf8')) as { tensors: { file: string } }
  return join(directory, pointer.tensors.file)
}

/** The directory of a run that has been stopped in the middle, for tests to go on with. */
const unfinished = join(temporaryDirectory(), 'runs')

beforeAll(async () => {
  const child = start([...begin, '--out', unfinished, '--checkpoint-every', '1'])
  const outcome = outcomeOf(child)
  const directory = join(unfinished, name)
  await until(child, () => existsSync(directory) && readdirSync(directory).some(isBehindAnEpoch))
  child.kill('SIGKILL')
  await outcome
})

function copied(): string {
  const directory = temporaryDirectory()
  cpSync(join(unfinished, name), directory, { recursive: true })
  return directory
}

describe('isograd resume', () => {
  it(`ends bit for bit where an undisturbed run ends, after ${KILLS} kills`, { timeout: 300_000 }, async () => {
    const calm = temporaryDirectory()
    expect(await isograd([...begin, '--out', calm])).toMatchObject({ status: 0 })
    const expected = finished(join(calm, name))
    const random = new RandomStream(7, 'sample')
    let [kills, whileWriting] = [0, 0]
    while (kills < KILLS) {
      const out = temporaryDirectory()
      const directory = join(out, name)
      let args = [...begin, '--out', out, '--checkpoint-every', '1']
      for (let attempt = 0; attempt < 8; attempt++) {
        // oxlint-disable no-await-in-loop -- each goes on where the one before was killed
        const { signal, stderr } = await killed(args, directory, {
          milliseconds: random.below(800),
          writing: attempt % 2 === 0,
        })
        if (signal !== 'SIGKILL') break
        kills++
        expect(stderr).not.toContain('error')
        if (isWriting(directory)) whileWriting++
        if (existsSync(join(directory, 'checkpoint.json'))) args = ['resume', directory, '--checkpoint-every', '1']
      }
      if (existsSync(join(directory, 'checkpoint.json'))) args = ['resume', directory]
      if (!existsSync(join(directory, 'record.json')) || args[0] === 'resume') await isograd(args)
      // oxlint-enable no-await-in-loop
      expect(finished(directory)).toEqual(expected)
    }
    expect(whileWriting).toBeGreaterThan(0)
  })

  it('lets another backend take over, and says who trained which steps', async () => {
    const directory = copied()
    const { status, stdout } = await isograd(['resume', directory, '--backend', 'reference', '--json'])
    expect(status).toBe(0)
    const { runs, stretches } = JSON.parse(stdout) as RunsDocument
    expect(runs.map(({ backend, steps, losses }) => [backend, steps, losses.length])).toEqual([['reference', 90, 90]])
    expect(stretches?.map(({ backend }) => backend)).toEqual(['onnx', 'reference'])
    expect(stretches?.map(({ firstStep }) => firstStep)[0]).toBe(0)
    const { files } = JSON.parse((await isograd(['files', directory, '--json'])).stdout) as FilesDocument
    const names = ['digests.json', 'record.json', 'stretches.json', 'weights.safetensors']
    expect(files).toEqual(names.map((path) => ({ path, state: 'whole' })))
    const onnx = copied()
    await isograd(['resume', onnx])
    const [here, there] = [directory, onnx].map((at) => JSON.parse(readFileSync(join(at, 'record.json'), 'utf8')))
    // The steps before the change of backend are the same numbers, those after it the same training.
    const first = stretches?.[1]?.firstStep ?? 0
    expect(here.losses.slice(0, first)).toEqual(there.losses.slice(0, first))
    expect(Math.abs(here.losses[89] / there.losses[89] - 1)).toBeLessThan(1e-3)
  })

  it('has nothing to do for a finished run', async () => {
    const directory = copied()
    expect(await isograd(['resume', directory])).toMatchObject({ status: 0 })
    const before = finished(directory)
    const { status, stdout, stderr } = await isograd(['resume', directory])
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toContain('the run is finished; there is nothing to go on with')
    expect(finished(directory)).toEqual(before)
  })

  it('removes what a process that was killed at the very end has left of a checkpoint and a lock', async () => {
    const directory = copied()
    expect(await isograd(['resume', directory])).toMatchObject({ status: 0 })
    const before = readdirSync(directory)
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    writeFileSync(join(directory, 'run.lock'), JSON.stringify({ pid: gone, host: hostname(), began: '', mark: 'x' }))
    for (const kind of ['json', 'safetensors']) writeFileSync(join(directory, `checkpoint-2-2-5754ab4f.${kind}`), '')
    expect(await isograd(['resume', directory])).toMatchObject({ status: 0 })
    expect(readdirSync(directory)).toEqual(before)
  })

  it('says so of the directory around finished runs too, so that a loop may ask again', async () => {
    const out = temporaryDirectory()
    cpSync(join(unfinished, name), join(out, name), { recursive: true })
    expect(await isograd(['resume', out])).toMatchObject({ status: 0 })
    const again = await isograd(['resume', out])
    expect(again).toMatchObject({ status: 0, stdout: '' })
    expect(again.stderr).toContain('the run is finished; there is nothing to go on with')
  })

  it('goes on after Ctrl-C, which leaves a last checkpoint and says so', async () => {
    const out = temporaryDirectory()
    const child = start([...begin.with(5, slow), '--plain', '--out', out, '--checkpoint-every', '1000'])
    const outcome = outcomeOf(child)
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text: string) => {
        if (/steps/.test(text)) resolve()
      })
    })
    child.kill('SIGINT')
    const { status, stderr } = await outcome
    const directory = join(out, 'tiny-relu-fake-slow-seed0')
    expect(status).toBe(130)
    expect(stderr).toContain(`go on with it: isograd resume ${out}\n`)
    expect(readdirSync(directory)).not.toContain('run.lock')
    expect(await isograd(['resume', directory, '--backend', 'reference'])).toMatchObject({ status: 0 })
  })

  it('is refused while another process has the run', async () => {
    const directory = copied()
    const child = start(['resume', directory, '--backend', slow, '--checkpoint-every', '1'])
    const outcome = outcomeOf(child)
    await until(child, () => holds(child, directory))
    child.kill('SIGSTOP')
    const { status, stderr } = await isograd(['resume', directory])
    child.kill('SIGCONT')
    expect(status).toBe(2)
    expect(stderr).toMatch(new RegExp(`^error: .*in use by process ${child.pid} on `))
    expect(await outcome).toMatchObject({ status: 0 })
  })
})

describe('isograd run beside unfinished runs', () => {
  it.each([[[]], [['--checkpoint-every', '5']]])('refuses to take their place: %j', async (extra) => {
    const out = temporaryDirectory()
    cpSync(join(unfinished, name), join(out, name), { recursive: true })
    const { status, stdout, stderr } = await isograd([...begin, '--out', out, ...extra])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`it holds an unfinished run; go on with that one (isograd resume ${join(out, name)})`)
  })

  it('says in what another experiment differs', async () => {
    const out = temporaryDirectory()
    cpSync(join(unfinished, name), join(out, name), { recursive: true })
    const { status, stderr } = await isograd([...begin, '--out', out, '--batch-size', '8'])
    expect(status).toBe(2)
    expect(stderr).toContain('it holds an unfinished run of another experiment\n  batchSize: 16 there, 8 here\n')
  })

  it('wants a place for checkpoints', async () => {
    const { status, stderr } = await isograd([...begin, '--checkpoint-every', '5'])
    expect(status).toBe(2)
    expect(stderr).toContain('--checkpoint-every: checkpoints need a place; name a directory with --out')
  })
})

/** An unfinished run of an experiment in a file of its own. */
function withFile(): { directory: string; file: string } {
  const [directory, file] = [copied(), join(temporaryDirectory(), 'tiny.json')]
  cpSync(tiny, file)
  const path = join(directory, 'resume.json')
  const settings = JSON.parse(readFileSync(path, 'utf8').replace(JSON.stringify(tiny), JSON.stringify(file))) as object
  writeFileSync(path, JSON.stringify({ ...settings, seals: sealsOf([file]) }))
  return { directory, file }
}

describe('an experiment that has changed since the run began', () => {
  it('is not trained; what has changed is said', async () => {
    const { directory, file } = withFile()
    const text = readFileSync(file, 'utf8').replace('"learningRate": 0.1', '"learningRate": 0.2')
    writeFileSync(file, text.replace('"units": 8', '"units": 9'))
    const { status, stdout, stderr } = await isograd(['resume', directory])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`${file}: it has changed since the run began:\n`)
    expect(stderr).toContain('  model.layers[1].units: 8 then, 9 now\n')
    expect(stderr).toContain('  optimizer.learningRate: 0.1 then, 0.2 now\n')
    expect(await isograd(['resume', directory, '--as-begun'])).toMatchObject({ status: 0 })
  })

  it('may be written otherwise, or be gone', async () => {
    const { directory, file } = withFile()
    const experiment: unknown = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify(experiment, undefined, 1))
    const child = start(['resume', directory, '--backend', slow, '--checkpoint-every', '1'])
    const outcome = outcomeOf(child)
    await until(child, () => holds(child, directory) && isWriting(directory))
    child.kill('SIGKILL')
    expect((await outcome).stderr).not.toContain('error')
    rmSync(file)
    const { status, stderr } = await isograd(['resume', directory])
    expect(status).toBe(0)
    expect(stderr).toContain(`note: ${file} has gone, or its arm "relu"; going on with the experiment as it was`)
  })

  it('refuses a data directory where data are drawn, and stays as it was', async () => {
    const directory = copied()
    const path = join(directory, 'resume.json')
    const { status, stderr } = await isograd(['resume', directory, '--data-dir', directory])
    expect(status).toBe(2)
    expect(stderr).toContain('data set "digits" is drawn, not read')
    expect(existsSync(path)).toBe(true)
  })
})

describe('isograd resume says what is wrong', () => {
  it.each<[string, (directory: string) => void, RegExp]>([
    ['no checkpoint', (at) => mkdirSync(join(at, 'empty')), /there is no checkpoint/],
    ['no directory', () => {}, /there is no such directory/],
  ])('%s', async (what, spoil, message) => {
    const directory = temporaryDirectory()
    spoil(directory)
    const { status, stderr } = await isograd(['resume', join(directory, what === 'no checkpoint' ? 'empty' : 'absent')])
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })

  it.each<[string, (directory: string) => void, RegExp]>([
    ['truncated tensors', (at) => truncateSync(tensorsIn(at), 50), /safetensors: damaged: expected \d+ bytes, got 50/],
    ['tensors with more behind them', (at) => appendFileSync(tensorsIn(at), 'x'), /safetensors: damaged/],
    [
      'a foreign checkpoint.json',
      (at) => writeFileSync(join(at, 'checkpoint.json'), '[1]'),
      /does not name a checkpoint/,
    ],
    [
      'a damaged resume.json',
      (at) => writeFileSync(join(at, 'resume.json'), '{"every":0}'),
      /resume\.json: it was not/,
    ],
  ])('%s', async (_, spoil, message) => {
    const directory = copied()
    spoil(directory)
    const before = readdirSync(directory).toSorted()
    const { status, stdout, stderr } = await isograd(['resume', directory])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/ {4}at /)
    expect(readdirSync(directory).toSorted()).toEqual(before)
  })

  it('two backends', async () => {
    const { status, stderr } = await isograd(['resume', copied(), '--backend', 'onnx,reference'])
    expect(status).toBe(2)
    expect(stderr).toContain('a run goes on with one backend')
  })
})

/** A file system with room for little, where this machine lets one be made; else why not. */
function mountTiny(at: string, kibibytes: number): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root'
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', at])
  return status === 0 ? undefined : 'may not be mounted here'
}

describe('a full disk', () => {
  it('keeps the last whole checkpoint, from which the run is finished when there is room', async ({ skip }) => {
    const [calm, out] = [temporaryDirectory(), temporaryDirectory()]
    const args = ['run', tiny, '--arm', 'relu', '--backend', 'onnx', '--epochs', '20']
    // Room for the lock and one checkpoint, not for two.
    const why = mountTiny(out, 64)
    if (why !== undefined) skip(`a small file system ${why}`)
    try {
      const full = await isograd([...args, '--out', out, '--checkpoint-every', '20'])
      expect(full.status).toBe(2)
      expect(full.stderr).toMatch(/warning: the checkpoint of epoch \d+, step \d could not be written.*ENOSPC/)
      expect(full.stderr).toContain('the one before it stands; training goes on')
      expect(full.stderr).toMatch(/error: .*ENOSPC.*its last checkpoint stands: make room, and go on with it/)
      spawnSync('mount', ['-o', 'remount,size=4m', out])
      expect(await isograd(['resume', out])).toMatchObject({ status: 0 })
      await isograd([...args, '--out', calm])
      expect(finished(join(out, name))).toEqual(finished(join(calm, name)))
    } finally {
      spawnSync('umount', [out])
    }
  })
})
