/** Checkpoints on a disk: which one counts, what damage is seen, and what a full disk leaves. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid, platform } from 'node:process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  dataMarkOf,
  encodeSafetensors,
  InputError,
  Journal,
  referenceBackend,
  stringifyDocument,
  tensor,
  train,
} from '../src/index.js'
import {
  findCheckpointedRun,
  findFinishedRun,
  hasCheckpoint,
  readCheckpoint,
  loadRun,
  saveRun,
  removeCheckpoint,
  writeAtomically,
  writeCheckpoint,
} from '../src/node/index.js'
import { smallPlan } from './check-subjects.js'

interface Made {
  readonly checkpoints: readonly Checkpoint[]
  readonly journal: Journal
}

async function make(): Promise<Made> {
  const plan = smallPlan({}, 100, 30)
  const journal = new Journal(dataMarkOf(plan.dataset))
  const checkpoints: Checkpoint[] = []
  for await (const event of train({ plan, backend: referenceBackend(), checkpointEvery: 4 })) {
    journal.add(event)
    if (event.type === 'checkpoint') checkpoints.push(journal.checkpoint(event.state))
  }
  return { checkpoints, journal }
}

const { checkpoints, journal } = await make()
const [first, second] = checkpoints as [Checkpoint, Checkpoint]

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isograd-checkpoint-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

async function fileOf(extension: 'json' | 'safetensors'): Promise<string> {
  const name = (await readdir(directory)).find((each) => each.startsWith('checkpoint-') && each.endsWith(extension))
  return join(directory, name ?? 'none')
}

describe('writeCheckpoint', () => {
  test('the last one counts, and only its files stay', async () => {
    expect(await readCheckpoint(directory)).toBeUndefined()
    expect(await hasCheckpoint(directory)).toBe(false)
    await writeCheckpoint(directory, first)
    expect(await readCheckpoint(directory)).toEqual(first)
    await writeCheckpoint(directory, second)
    expect(await readCheckpoint(directory)).toEqual(second)
    expect(await hasCheckpoint(directory)).toBe(true)
    expect(await readdir(directory)).toHaveLength(3)
    await removeCheckpoint(directory)
    expect(await readdir(directory)).toEqual([])
  })

  test('what a killed writer left is removed by the next', async () => {
    await writeCheckpoint(directory, first)
    await writeFile(join(directory, 'checkpoint-9-9-00000000.safetensors'), 'orphan')
    await writeFile(join(directory, 'checkpoint-9-9-00000000.json.ffffffff.1.00000000.part'), 'half')
    await writeFile(join(directory, 'checkpoint.json.ffffffff.1.00000000.part'), 'half')
    await writeFile(join(directory, 'notes.part'), 'mine')
    expect(await readCheckpoint(directory)).toEqual(first)
    await writeCheckpoint(directory, second)
    const names = await readdir(directory)
    expect(names).toContain('notes.part')
    expect(names.filter((name) => name.startsWith('checkpoint'))).toHaveLength(3)
  })

  test('one before the first step has no state', async () => {
    const start: Checkpoint = { ...first, events: [], state: undefined }
    await writeCheckpoint(directory, start)
    expect(await readCheckpoint(directory)).toEqual(start)
  })
})

describe('readCheckpoint names what is wrong', () => {
  beforeEach(() => writeCheckpoint(directory, first))

  test('tensors cut short', async () => {
    const path = await fileOf('safetensors')
    await truncate(path, 1000)
    await expect(readCheckpoint(directory)).rejects.toThrow(/\.safetensors: damaged: expected \d+ bytes, got 1000/)
    await expect(readCheckpoint(directory)).rejects.toThrow(InputError)
  })

  test('one changed bit', async () => {
    const path = await fileOf('safetensors')
    const bytes = await readFile(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5)
    await writeFile(path, bytes)
    await expect(readCheckpoint(directory)).rejects.toThrow(/\.safetensors: damaged: expected the SHA-256/)
  })

  test('a changed loss', async () => {
    const path = await fileOf('json')
    const text = await readFile(path, 'utf8')
    await writeFile(
      path,
      text.replace(/"lossSum":(\d)/, (_, digit) => `"lossSum":${(Number(digit) + 1) % 10}`),
    )
    await expect(readCheckpoint(directory)).rejects.toThrow(/\.json: damaged: expected the SHA-256/)
  })

  test('a missing file', async () => {
    await rm(await fileOf('safetensors'))
    await expect(readCheckpoint(directory)).rejects.toThrow(/\.safetensors: cannot be read: ENOENT/)
  })

  test.each([
    ['no JSON', '{ "schema": ', /checkpoint\.json: damaged: expected JSON/],
    ['an empty file', '', /checkpoint\.json: damaged/],
    ['TensorFlow’s checkpoint', 'model_checkpoint_path: "model.ckpt-1"\n', /checkpoint\.json: damaged/],
    ['another JSON', '{ "epoch": 3 }', /does not name a checkpoint of isograd/],
    [
      'a file outside the directory',
      JSON.stringify({
        schema: 'isograd.checkpoint-pointer/1',
        epoch: 0,
        stepInEpoch: 0,
        tensors: { file: '../../secret.safetensors', bytes: 1, sha256: '0'.repeat(64) },
        document: { file: '../../secret.json', bytes: 1, sha256: '0'.repeat(64) },
      }),
      /does not name a checkpoint of isograd/,
    ],
  ])('%s', async (_, text, message) => {
    await writeFile(join(directory, 'checkpoint.json'), text)
    await expect(readCheckpoint(directory)).rejects.toThrow(message)
  })

  test('a whole checkpoint of another schema', async () => {
    const path = await fileOf('json')
    const document = Buffer.from('{"schema":"isograd.checkpoint/0"}')
    const pointer = JSON.parse(await readFile(join(directory, 'checkpoint.json'), 'utf8')) as {
      document: { file: string }
    }
    const sha256 = createHash('sha256').update(document).digest('hex')
    await writeFile(path, document)
    const changed = { ...pointer, document: { file: pointer.document.file, bytes: document.length, sha256 } }
    await writeFile(join(directory, 'checkpoint.json'), JSON.stringify(changed))
    await expect(readCheckpoint(directory)).rejects.toThrow(/expected the schema "isograd.checkpoint\/2"/)
  })
})

/** A file system with room for little, where this machine lets one be made; null says why not. */
function tinyDisk(at: string, kibibytes: number): string | null {
  if (platform !== 'linux') return 'needs Linux'
  if (getuid?.() !== 0) return 'needs root'
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', at], { stdio: 'ignore' })
    return null
  } catch {
    return 'may not mount'
  }
}

describe('a full disk', () => {
  test('leaves the checkpoint before', async ({ skip }) => {
    const why = tinyDisk(directory, 64)
    if (why !== null) skip(`a small file system ${why}`)
    try {
      await writeCheckpoint(directory, first)
      await appendFile(join(directory, 'filler'), Buffer.alloc(64 * 1024)).catch(() => {})
      await expect(writeCheckpoint(directory, second)).rejects.toThrow(/ENOSPC/)
      expect(await readCheckpoint(directory)).toEqual(first)
      expect((await readdir(directory)).filter((name) => name.startsWith('checkpoint'))).toHaveLength(3)
      await rm(join(directory, 'filler'))
      await writeCheckpoint(directory, second)
      expect(await readCheckpoint(directory)).toEqual(second)
    } finally {
      execFileSync('umount', [directory])
    }
  })

  test('at any size leaves a whole checkpoint or none', async ({ skip }) => {
    // From too small for anything to large enough for both: the disk fills up at every place of the writing.
    for (let kibibytes = 4; kibibytes <= 48; kibibytes += 4) {
      const why = tinyDisk(directory, kibibytes)
      if (why !== null) skip(`a small file system ${why}`)
      try {
        // oxlint-disable no-await-in-loop -- one disk at a time
        const wrote = { first: true, second: true }
        await writeCheckpoint(directory, first).catch(() => (wrote.first = false))
        await writeCheckpoint(directory, second).catch(() => (wrote.second = false))
        const expected = wrote.second ? second : wrote.first ? first : undefined
        expect(await readCheckpoint(directory)).toEqual(expected)
        // oxlint-enable no-await-in-loop
      } finally {
        execFileSync('umount', [directory])
      }
    }
  })
})

describe('loadRun', () => {
  const record = journal.record()

  beforeEach(async () => {
    writeAtomically(join(directory, 'weights.safetensors'), encodeSafetensors(journal.end.chosen))
    writeAtomically(join(directory, 'record.json'), stringifyDocument(record))
  })

  test('reads record, network and weights', async () => {
    const run = await loadRun(directory)
    expect(run.record).toEqual(record)
    expect(run.weights).toEqual(journal.end.chosen)
    expect(run.network.model.parameters.map(({ name }) => name)).toEqual([
      'dense1.weight',
      'dense1.bias',
      'dense2.weight',
      'dense2.bias',
    ])
  })

  test('finds the only run inside a directory, and asks which where there are several', async () => {
    expect(await findFinishedRun(directory)).toBe(directory)
    const outer = await mkdtemp(join(tmpdir(), 'isograd-runs-'))
    try {
      await expect(findFinishedRun(outer)).rejects.toThrow(/expected the directory of a finished run/)
      const { cp } = await import('node:fs/promises')
      await cp(directory, join(outer, 'one'), { recursive: true })
      expect(await findFinishedRun(outer)).toBe(join(outer, 'one'))
      await cp(directory, join(outer, 'two'), { recursive: true })
      await expect(findFinishedRun(outer)).rejects.toThrow(/several runs; name one of them:\n.*one\n.*two/)
      await expect(findCheckpointedRun(outer)).rejects.toThrow(
        /there is no checkpoint; expected the directory of an unfinished run/,
      )
    } finally {
      await rm(outer, { recursive: true })
    }
  })

  test.each<[string, () => Promise<void>, RegExp]>([
    [
      'a missing record',
      () => rm(join(directory, 'record.json')),
      /expected the directory of a finished run, with record\.json/,
    ],
    [
      'missing weights',
      () => rm(join(directory, 'weights.safetensors')),
      /weights\.safetensors: there is no such file/,
    ],
    [
      'a foreign record',
      () => writeFile(join(directory, 'record.json'), '{"loss":1}'),
      /record\.json: expected a record/,
    ],
    [
      'damaged weights',
      () => truncate(join(directory, 'weights.safetensors'), 200),
      /weights\.safetensors: safetensors:/,
    ],
    [
      'weights of another model',
      () => writeFile(join(directory, 'weights.safetensors'), encodeSafetensors({ w: tensor('float32', [1], [0]) })),
      /"dense1.weight": expected float32\[16,8\] as in record\.json, got nothing/,
    ],
    [
      'more than the weights',
      () =>
        writeFile(
          join(directory, 'weights.safetensors'),
          encodeSafetensors({ ...journal.end.chosen, w: tensor('float32', [1], [0]) }),
        ),
      /"w" is not a tensor of the model/,
    ],
  ])('refuses %s', async (_, spoil, message) => {
    await spoil()
    await expect(loadRun(directory)).rejects.toThrow(message)
    await expect(loadRun(directory)).rejects.toThrow(InputError)
  })

  test('refuses weights that are not those which were saved with the record, by a single bit', async () => {
    const saved = saveRun(directory, { record, weights: journal.end.chosen })
    const path = join(directory, 'weights.safetensors')
    expect((await loadRun(directory)).record).toEqual(saved)
    const bytes = await readFile(path)
    expect(saved.files).toEqual({ 'weights.safetensors': createHash('sha256').update(bytes).digest('hex') })
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    await writeFile(path, bytes)
    await expect(loadRun(directory)).rejects.toThrow(/damaged: its SHA-256 is not the one in record\.json/)
  })

  test('refuses what is no directory', async () => {
    await expect(findFinishedRun(join(directory, 'none'))).rejects.toThrow(/there is no such directory/)
    await expect(findFinishedRun(join(directory, 'record.json'))).rejects.toThrow(/got a file/)
  })
})
