/** What the command costs before it does anything: `isograd --version` beside `node -e 0`, both as whole processes. */
import { spawn } from 'node:child_process'
import { BackendError } from '@isograd/core'
import type { StartUpBench } from './document.js'
import { interleave } from './rounds.js'
import type { Site } from './site.js'
import { ratios, summarise } from './statistics.js'

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
export async function benchStartUp({ settings, signal, stage }: Site): Promise<StartUpBench> {
  const commands = { version: [...process.argv.slice(1, 2), '--version'], node: ['-e', '0'] }
  const entrants = Object.entries(commands).map(([name, args]) => ({ name, measure: () => secondsOf(args, signal) }))
  stage('starting up')
  const entries = await interleave(entrants, 1 + STARTS_A_REPETITION * settings.repetitions, () => {})
  const [version = [], node = []] = entries.map(({ results }) => results.slice(1))
  return { versionSeconds: summarise(version), nodeSeconds: summarise(node), ratio: ratios(version, node) }
}
