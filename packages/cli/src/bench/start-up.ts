/** Measures what the command costs before it does anything: `isograd --version` beside `node -e 0`, as whole processes. */
import { spawn } from 'node:child_process'
import { BackendError } from '@isograd/core'
import { type BenchContext, measureRounds } from './context.js'
import { type StartUpBench, startUpBench } from './document.js'

/** They end in a tenth of a second: several can be had for one repetition of a training. */
const STARTS_A_REPETITION = 3

/** Seconds from the start of a Node process to its end. */
function secondsOf(args: readonly string[], signal: AbortSignal): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore', signal })
  return new Promise((resolve, reject) => {
    child.on('error', () => reject(signal.reason as Error))
    child.on('close', (code) => {
      if (code === 0) resolve((performance.now() - start) / 1000)
      else reject(new BackendError('isograd', `node ${args.join(' ')}: it ended with status ${code}`))
    })
  })
}

/** Times both in turn. The first start of each finds the files not yet in memory, and does not count. */
export async function benchStartUp(context: BenchContext): Promise<StartUpBench> {
  const commands = [
    { name: 'isograd --version', args: [...process.argv.slice(1, 2), '--version'] },
    { name: 'node -e 0', args: ['-e', '0'] },
  ]
  const entrants = commands.map(({ name, args }) => ({ name, measure: () => secondsOf(args, context.signal) }))
  const rounds = 1 + STARTS_A_REPETITION * context.settings.repetitions
  const measured = await measureRounds(context, 'start-up', entrants, rounds)
  const [version = [], node = []] = measured.map(({ results }) => results.slice(1))
  return startUpBench(version, node)
}
