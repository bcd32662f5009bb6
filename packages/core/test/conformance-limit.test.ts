/** Backends that do not answer: the case fails, the others are run. */
import { describe, expect, it } from 'vitest'
import type { Adapter, Backend, Executable } from '../src/backend/contract.js'
import { conformanceCases, type ConformanceReport, runConformance } from '../src/conformance/index.js'
import { referenceBackend } from '../src/reference/backend.js'

const never = (): Promise<never> => new Promise(() => {})
const cases = conformanceCases().filter(({ id }) => /^(argMax|scan)\/.*\/float32$/.test(id))

/** A backend that has its ways with some programs. */
function odd(isOdd: (program: string) => boolean, way: (right: Executable) => Partial<Executable>): Backend {
  const healthy = referenceBackend()
  return {
    ...healthy,
    compile: async (program, constants) => {
      const right = await healthy.compile(program, constants)
      return isOdd(program.name) ? { ...right, ...way(right) } : right
    },
  }
}

const isTies = (program: string): boolean => program === 'argMax/ties'

function failed({ results }: ConformanceReport): string[] {
  return results.filter(({ status }) => status === 'failed').map(({ id, detail }) => `${id}: ${detail}`)
}

const deafToCompile = async (): Promise<Backend> => {
  const healthy = referenceBackend()
  return {
    ...healthy,
    compile: (program, ...rest) => (isTies(program.name) ? never() : healthy.compile(program, ...rest)),
  }
}

const deafToScans = async (): Promise<Backend> =>
  odd(
    (program) => program.startsWith('argMax'),
    () => ({ scan: never }),
  )

const mortal = async (): Promise<Backend> => {
  let ended = false
  const healthy = referenceBackend()
  return {
    ...healthy,
    compile: async (program, constants) => {
      if (ended || isTies(program.name)) {
        ended = true
        throw new Error('the process has ended')
      }
      return healthy.compile(program, constants)
    },
  }
}

describe('a backend that does not answer', () => {
  it.each([
    ['a scan', { scan: never }, 'scan of "argMax/ties" did not answer within 1 s'],
    ['dispose of an executable', { dispose: never }, 'dispose of "argMax/ties" did not answer within 1 s'],
  ])('%s', async (_, way, detail) => {
    const open = async (): Promise<Backend> => odd(isTies, () => way)
    const report = await runConformance(await open(), { cases, open, timeoutSeconds: 1 })
    expect(failed(report)).toEqual([`argMax/ties/float32: ${detail}`])
    expect(report.counts.passed).toBe(cases.length - 1)
  })

  it('to compile', async () => {
    const report = await runConformance(await deafToCompile(), { cases, open: deafToCompile, timeoutSeconds: 1 })
    expect(failed(report)).toEqual(['argMax/ties/float32: compile of "argMax/ties" did not answer within 1 s'])
  })

  it('is asked nothing more where there is no other', async () => {
    const report = await runConformance(
      odd(isTies, () => ({ scan: never })),
      { cases, timeoutSeconds: 1 },
    )
    const [first, second, ...others] = failed(report)
    expect(first).toContain('did not answer')
    expect(second).toContain('not run: before, scan of "argMax/ties" did not answer within 1 s')
    expect(others.length).toBe(cases.length - 2 - cases.findIndex(({ id }) => id.startsWith('argMax/ties')))
  })

  it('to most calls is not waited for a thousand times', async () => {
    const start = performance.now()
    const report = await runConformance(await deafToScans(), { cases, open: deafToScans, timeoutSeconds: 1 })
    expect(performance.now() - start).toBeLessThan(6000)
    expect(report.counts.passed).toBeGreaterThan(0)
    expect(failed(report)[3]).toMatch(/did not answer within 0\.\d+ s, nor did 3 calls before within 1 s$/)
  })
})

describe('an adapter that does not answer', () => {
  it('for a variant that there is not fails that case', async () => {
    const adapter: Adapter = { name: 'deaf', contract: 2, variants: ['a', 'b'], create: never }
    const asked = conformanceCases().filter(({ id }) => id === 'contract/unknown-variant/float32')
    const report = await runConformance(referenceBackend(), { cases: asked, adapter, timeoutSeconds: 0.1 })
    expect(failed(report)).toEqual([expect.stringContaining('create did not answer within 0.1 s')])
  })
})

describe('a backend that has ended', () => {
  it('is replaced, and told as failed for the case in which it ended', async () => {
    const report = await runConformance(await mortal(), { cases, open: mortal })
    expect(failed(report)).toEqual(['argMax/ties/float32: Error: the process has ended'])
  })
})
