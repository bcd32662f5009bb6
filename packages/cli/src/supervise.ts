/**
 * Verbs that compute for long stretches without a pause have a process of their own, and this one stays free for signals: an
 * engine of JavaScript hears none while it computes. Those verbs keep nothing that could be gone on with, so that theirs can
 * be ended whatever it is doing. It has the streams of the command for itself.
 */
import { fork } from 'node:child_process'
import { endWithParent } from './backends/remote-port.js'
import { type ExitStatus, exitStatus } from './errors/exit-status.js'
import { onSignals, type SignalMessage, takeSignalsFromParent } from './errors/interrupt.js'
import { Interruption } from './errors/interruption.js'
import { errorOutput } from './errors/output.js'

/** Set in the environment of the process that works. */
const MARK = 'ISOGRAD_SUPERVISED'

/** Milliseconds that it has, from a signal on, to end by itself. */
const PATIENCE = 700

/** True in the process that works, which from then on ends with the other one, and takes signals from it. */
export function isSupervised(): boolean {
  if (process.env[MARK] !== '1' || process.send === undefined) return false
  delete process.env[MARK]
  takeSignalsFromParent()
  endWithParent()
  // Libraries that find it would take the command for a manager of theirs.
  delete process.send
  return true
}

/** Says what became of work that did not end by itself; what a line of progress has left goes. */
function tellOfEnd(status: ExitStatus): void {
  const { mark, isTTY } = errorOutput
  errorOutput.write(`${isTTY ? `${mark}\r${mark}\u001b[K` : ''}${new Interruption(status).message}\n`)
}

/** Runs the command line in a process of its own. Never returns: this process ends as that one does. */
export function supervise(argv: readonly string[]): Promise<never> {
  const [, program = ''] = process.argv
  const child = fork(program, argv, {
    env: { ...process.env, [MARK]: '1' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  let [patience, ended]: [NodeJS.Timeout?, ExitStatus?] = []
  const statuses = onSignals((signal) => {
    const end = (): void => {
      ended = statuses[signal]
      child.kill('SIGKILL')
    }
    if (patience !== undefined) return end()
    if (child.connected) child.send({ signal } satisfies SignalMessage)
    patience = setTimeout(end, PATIENCE)
  })
  return new Promise(() => {
    child.on('error', (error) => {
      errorOutput.write(`error: [isograd] a process could not be started: ${error.message}\n`)
      process.exit(exitStatus.backend)
    })
    child.on('exit', (code, signal) => {
      if (ended !== undefined) tellOfEnd(ended)
      if (ended !== undefined || signal === null) process.exit(ended ?? code ?? exitStatus.bug)
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    })
  })
}
