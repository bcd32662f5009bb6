/**
 * A copy of the directory of a sweep in an S3-compatible bucket: whole files under their own names, again when they have grown.
 * Keys and address come from the environment variables that other tools of S3 read too.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AwsClient } from 'aws4fetch'
import { InputError } from '@isograd/core'
import { RESULT_FILE } from '../documents/sweep-lines.js'
import { messageOf } from '../errors/failure.js'
import { SWEEP_FILE } from './sweep-directory.js'

/** Milliseconds between two copies. */
const EVERY = 60_000

/** Times that a request is sent again that the other side could not answer. */
const RETRIES = 2

/** The variables, in messages. */
const KEYS = 'it reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL'

async function clientOf(address: string): Promise<AwsClient> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, ...others } = process.env
  const { AWS_SESSION_TOKEN: sessionToken, AWS_REGION: region = 'us-east-1' } = others
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new InputError('isograd', `--bucket: expected keys for ${address}, got none; ${KEYS}`)
  }
  try {
    const { AwsClient: Client } = await import('aws4fetch')
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
    return new Client({ ...keys, region, service: 's3', retries: RETRIES })
  } catch (error) {
    const message = '--bucket: it needs the package aws4fetch, which cannot be loaded'
    const reason = messageOf(error).split('\n')[0]
    throw new InputError('isograd', `${message}; install it with: npm install aws4fetch (${reason})`, { cause: error })
  }
}

/** The address of files: `s3://bucket/prefix` at the endpoint of the environment. */
function placeOf(address: string): string {
  const { AWS_REGION: region = 'us-east-1', AWS_ENDPOINT_URL: endpoint = `https://s3.${region}.amazonaws.com` } =
    process.env
  return `${endpoint.replace(/\/$/, '')}/${address.replace(/^s3:\/\//, '').replace(/\/$/, '')}`
}

/** A bucket that a directory is copied to. */
export class Bucket {
  readonly #client: AwsClient
  readonly #address: string
  readonly #directory: string
  /** Sizes of files as they were copied last. */
  readonly #copied = new Map<string, number>()
  #copying: Promise<void> = Promise.resolve()

  private constructor(client: AwsClient, address: string, directory: string) {
    this.#client = client
    this.#address = address
    this.#directory = directory
  }

  /** @param address `s3://bucket/prefix`. @throws InputError where nothing can be written there */
  static async open(address: string, directory: string): Promise<Bucket> {
    const bucket = new Bucket(await clientOf(address), address, directory)
    await bucket.copy()
    return bucket
  }

  /** Copies what has grown. @throws InputError where it cannot be written */
  copy(): Promise<void> {
    this.#copying = this.#copying.catch(() => {}).then(() => this.#copyAll())
    return this.#copying
  }

  /** Copies again and again. @param note told where that fails, once. Returns a function that ends it. */
  follow(note: (text: string) => void): () => void {
    let isTold = false
    const timer = setInterval(() => {
      this.copy().catch((error: unknown) => {
        if (!isTold) note(messageOf(error))
        isTold = true
      })
    }, EVERY)
    return () => clearInterval(timer)
  }

  async #copyAll(): Promise<void> {
    const names = readdirSync(this.#directory).filter((name) => name === SWEEP_FILE || RESULT_FILE.test(name))
    for (const name of names) {
      const path = join(this.#directory, name)
      if (this.#copied.get(name) === statSync(path).size) continue
      const bytes = readFileSync(path)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.#put(name, bytes)
      this.#copied.set(name, bytes.length)
    }
  }

  async #put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const response = await this.#client
      .fetch(`${placeOf(this.#address)}/${name}`, { method: 'PUT', body: bytes })
      .catch((error: unknown) => messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error))
    if (typeof response !== 'string' && response.ok) return
    const got = typeof response === 'string' ? response : `status ${response.status} ${response.statusText}`
    const cure = `the results stand in ${this.#directory}: mend that, and give the same command again (${KEYS})`
    throw new InputError('isograd', `--bucket: ${this.#address}/${name} cannot be written: ${got}; ${cure}`)
  }
}
