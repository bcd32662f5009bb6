/** The results of a sweep in a bucket of moto's server, which `ISOGRAD_MOTO` names or the PATH has: without it this is skipped. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SweepDocument } from '../src/documents/sweep-document.js'
import { isograd, temporaryDirectory } from './command.js'
import { tiny } from './tiny-sweep.js'

const moto = process.env['ISOGRAD_MOTO'] ?? 'moto_server'

function isThere(): boolean {
  try {
    execFileSync(moto, ['--help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const sweep = { experiment: { ...tiny.experiment, epochs: 2 }, seeds: 4, backends: ['reference'] }

const keys = { AWS_ACCESS_KEY_ID: 'own', AWS_SECRET_ACCESS_KEY: 'secret' }

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

describe.skipIf(!isThere())('isograd sweep --bucket', () => {
  let server: ChildProcess
  let endpoint = ''
  const client = new AwsClient({ accessKeyId: 'own', secretAccessKey: 'secret', service: 's3', region: 'us-east-1' })
  const at = (path: string): string => `${endpoint}/results/${path}`

  beforeAll(async () => {
    const port = await freePort()
    endpoint = `http://127.0.0.1:${port}`
    server = spawn(moto, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    const answers = (): Promise<boolean> =>
      fetch(endpoint).then(
        () => true,
        () => false,
      )
    while (!(await answers())) await sleep(100)
    await client.fetch(at(''), { method: 'PUT' })
  })

  afterAll(() => void server.kill('SIGKILL'))

  it('leaves there what the directory has, from which another one comes to the same', async () => {
    const directory = temporaryDirectory()
    const [file, out, copy] = ['sweep.json', 'out', 'copy'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ]
    writeFileSync(file, JSON.stringify(sweep))
    const words = ['sweep', file, '--out', out, '--workers', '1', '--json', '--bucket']
    const env = { ...keys, AWS_ENDPOINT_URL: endpoint }
    const swept = await isograd([...words, 's3://results/first'], { env })
    expect(swept).toMatchObject({ status: 0, stderr: '' })
    mkdirSync(copy)
    const names = readdirSync(out).filter((name) => /^(?:sweep\.json$|results-)/.test(name))
    expect(names).toHaveLength(2)
    for (const name of names) {
      const text = await (await client.fetch(at(`first/${name}`))).text()
      expect(text).toBe(readFileSync(join(out, name), 'utf8'))
      writeFileSync(join(copy, name), text)
    }
    const { settings } = JSON.parse(swept.stdout) as SweepDocument
    const status = await isograd(['sweep', 'status', copy, '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({ done: 4, left: 0, settings })
  })

  it('says what to do where there is no such bucket, nobody answers, or keys are missing', async () => {
    const directory = temporaryDirectory()
    const file = join(directory, 'sweep.json')
    writeFileSync(file, JSON.stringify(sweep))
    const tried = async (bucket: string, env: Readonly<Record<string, string>>): Promise<string> => {
      const { status, stderr } = await isograd(['sweep', file, '--out', join(directory, 'out'), '--bucket', bucket], {
        env,
      })
      expect(status).toBe(2)
      return stderr
    }
    const env = { ...keys, AWS_ENDPOINT_URL: endpoint }
    expect(await tried('s3://none/first', env)).toMatch(
      /--bucket: s3:\/\/none\/first\/sweep\.json cannot be written: status 404.*; the results stand in .*out: mend that/,
    )
    expect(await tried('s3://results', { ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).toMatch(
      /--bucket: s3:\/\/results\/sweep\.json cannot be written: .*; the results stand in/,
    )
    expect(await tried('s3://results', {})).toMatch(
      /--bucket: expected keys for s3:\/\/results, got none; it reads AWS_/,
    )
    expect(await tried('results', env)).toMatch(
      /--bucket: expected a bucket and a prefix, as s3:\/\/bucket\/sweeps\/first, got/,
    )
  })
})
