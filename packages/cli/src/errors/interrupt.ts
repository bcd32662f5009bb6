/**
 * Ctrl-C, SIGTERM, and SIGHUP of a terminal that goes away. The first asks the work to stop, between two scans; the second,
 * from someone who will not wait, ends the process at once.
 */
import { EventEmitter } from 'node:events'
import { tellInterrupted } from '@isograd/core/node'
import { threadsCompute } from './computing-threads.js'
import { type ExitStatus, exitStatus } from './exit-status.js'
import { Interruption } from './interruption.js'
import { outlivesTerminal } from './nohup.js'

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const statuses: Readonly<Record<SignalName, ExitStatus>> = {
  SIGINT: exitStatus.interrupted,
  SIGTERM: exitStatus.terminated,
  SIGHUP: exitStatus.hungUp,
}

const signals = (Object.keys(statuses) as SignalName[]).filter((name) => name !== 'SIGHUP' || !outlivesTerminal)

/** The source of signals: this process, or the one that started it to be free for them. */
let source: Pick<EventEmitter, 'on' | 'off'> = process

/** A signal, from the process that started this one. */
export interface SignalMessage {
  readonly signal: SignalName
}

/** Takes signals from the process that started this one: those of a terminal come to both, and must count once. */
export function takeSignalsFromParent(): void {
  const parent = new EventEmitter()
  source = parent
  for (const name of signals) process.on(name, () => {})
  process.on('message', ({ signal }: SignalMessage) => void parent.emit(signal, signal))
  // A message may come for ever: it is nothing to wait for.
  process.channel?.unref()
}

/** Calls back for every signal. Returns the status of each. */
export function onSignals(heard: (name: SignalName) => void): Readonly<Record<SignalName, ExitStatus>> {
  for (const name of signals) process.on(name, heard)
  return statuses
}

/** The calls for signals. */
export interface InterruptListener {
  /** The first signal: work will stop soon. */
  readonly stopping: () => void
  /** The second: the process ends when this returns. */
  readonly exiting: () => void
}

/** Ends the process with the status of a signal; by the signal itself where a thread must not be ended in what it does. */
function exitAtOnce(name: SignalName): void {
  if (!threadsCompute()) process.exit(statuses[name])
  process.removeAllListeners(name)
  process.kill(process.pid, name)
}

/** Runs `work` with an abort signal that the first of these signals fires, with an `Interruption` as its reason. */
export async function interruptible<T>(
  listener: InterruptListener,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const onSignal = (name: SignalName): void => {
    if (controller.signal.aborted) {
      listener.exiting()
      exitAtOnce(name)
      return
    }
    listener.stopping()
    tellInterrupted()
    controller.abort(new Interruption(statuses[name]))
  }
  for (const name of signals) source.on(name, onSignal)
  try {
    return await work(controller.signal)
  } finally {
    // After a first signal the listeners stay: a second one, while things are put away, must still end with a status.
    if (!controller.signal.aborted) for (const name of signals) source.off(name, onSignal)
  }
}
