/** The choice of threads by what slices take, on machines whose times are given. */
import { describe, expect, it } from 'vitest'
import { Pace } from '../src/pace.js'

/** Milliseconds that steps take, and those that ran on several threads. @param stepOf milliseconds of a step. */
function run(steps: number, most: number, stepOf: (threads: number, now: number) => number) {
  const pace = new Pace(most)
  let [now, shared, longest] = [0, 0, 0]
  for (let done = 0; done < steps;) {
    const slice = pace.next(steps - done)
    const took = slice.steps * stepOf(slice.threads, now)
    pace.took(slice, took)
    now += took
    longest = Math.max(longest, took)
    if (slice.threads > 1) shared += slice.steps
    done += slice.steps
  }
  return { milliseconds: now, shared, longest }
}

describe('the pace of a program', () => {
  it('takes all threads where they are faster', () => {
    const { milliseconds, shared, longest } = run(20_000, 2, (threads) => (threads === 1 ? 1 : 0.55))
    expect(milliseconds).toBeLessThan(1.02 * 0.55 * 20_000)
    expect(shared).toBeGreaterThan(19_000)
    expect(longest).toBeLessThanOrEqual(50)
  })

  it('loses less than a twentieth where threads are three times slower, as on a busy machine', () => {
    const { milliseconds, shared } = run(20_000, 2, (threads) => (threads === 1 ? 1 : 3))
    expect(milliseconds).toBeLessThan(1.01 * 20_000)
    expect(shared).toBeGreaterThan(0)
  })

  it('finds out that a machine has become quiet', () => {
    const { shared } = run(60_000, 4, (threads, now) => (threads === 1 ? 1 : now < 20_000 ? 2 : 0.4))
    expect(shared).toBeGreaterThan(25_000)
  })

  it('counts no cold step', () => {
    let steps = 0
    const { milliseconds, shared } = run(200, 2, (threads) => (steps++ === 0 ? 20 : threads === 1 ? 1 : 1.2))
    expect(milliseconds).toBeLessThan(1.02 * 219)
    expect(shared).toBeLessThan(40)
  })

  it('stays on one thread for short steps, and where there is one', () => {
    expect(run(100_000, 2, () => 0.05).shared).toBe(0)
    expect(run(1_000, 1, () => 5)).toEqual({ milliseconds: 5_000, shared: 0, longest: 50 })
  })
})
