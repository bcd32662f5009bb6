/**
 * The log of `--log-every`: a line for every so many steps with the loss of the batch before its update, and one for
 * each epoch. It stands before the live view of a terminal, whose lines it frees, and in place of the plain lines
 * elsewhere.
 */
import type { RunEvent } from '@isograd/core'
import {
  type EpochEvent,
  type EvaluationEvent,
  judgedFacts,
  type StartEvent,
  type StepsEvent,
} from '@isograd/core/compare'
import type { TransferProgress } from '@isograd/core/node'
import { figuresText, formatMetric, judgedFigures, ownFigures, validationFigures } from '../documents/run-figures.js'
import { formatCount, formatLoss, formatSeconds } from '../text/numbers.js'
import { printable } from '../text/terminal-style.js'
import type { Progress } from './progress.js'

/** A progress that writes a log. */
export class TrainingLog implements Progress {
  readonly #inner: Progress
  readonly #every: number
  readonly #innerShowsRuns: boolean
  readonly #starts = new Map<string, StartEvent>()

  /** @param innerShowsRuns true where the inner progress shows how far a run has come beside the log. */
  constructor(inner: Progress, every: number, innerShowsRuns: boolean) {
    this.#inner = inner
    this.#every = every
    this.#innerShowsRuns = innerShowsRuns
  }

  event(run: string, event: RunEvent): void {
    if (event.type === 'start') this.#starts.set(run, event)
    const start = this.#starts.get(run)
    const lines = start === undefined ? [] : linesOf(event, start, this.#every)
    for (const line of lines) this.note(`[${printable(run)}] ${line}`)
    if (this.#innerShowsRuns) this.#inner.event(run, event)
  }

  remove(run: string): void {
    this.#starts.delete(run)
    this.#inner.remove(run)
  }

  transfer(progress: TransferProgress): void {
    this.#inner.transfer(progress)
  }

  note(text: string, isClosing?: boolean): void {
    this.#inner.note(text, isClosing)
  }

  clear(): void {
    this.#inner.clear()
  }
}

function linesOf(event: RunEvent, start: StartEvent, every: number): string[] {
  switch (event.type) {
    case 'start': {
      const { validation } = event.dataset.rows
      const held = validation === undefined ? '' : `, ${formatCount(validation)} held back for validation`
      return [`${formatCount(event.steps)} steps on ${formatCount(trainingSamples(event))} samples${held}`]
    }
    case 'steps':
      return stepLines(event, start, every)
    case 'evaluation':
      return [evaluationLine(event, start)]
    case 'epoch':
      return [epochLine(event, start)]
    case 'end':
      return [`trained in ${formatSeconds(event.seconds)} s`]
    default:
      return []
  }
}

function trainingSamples({ dataset }: StartEvent): number {
  return Number(dataset.rows['train'])
}

/** Steps of an epoch are counted from 1, and the first of each is logged. */
function stepLines(event: StepsEvent, start: StartEvent, every: number): string[] {
  const { stepsPerEpoch, spec } = start
  const { epoch, first, losses, metric } = event
  const [train, facts] = [trainingSamples(start), judgedFacts(start)]
  return losses.flatMap((loss, i) => {
    const step = first + i - epoch * stepsPerEpoch
    if (step % every !== 0) return []
    const seen = Math.min((step + 1) * spec.batchSize, train)
    const samples = `${formatCount(seen)}/${formatCount(train)} samples (${Math.floor((100 * seen) / train)} %)`
    const value = metric[i]
    const batch = value === undefined ? '' : `, batch ${facts.label} ${formatMetric(facts, value)}`
    const position = `epoch ${epoch + 1}, step ${formatCount(step + 1)}/${formatCount(stepsPerEpoch)}`
    return [`${position}, ${samples}: loss ${loss.toFixed(6)}${batch}`]
  })
}

function evaluationLine({ step, evaluation }: EvaluationEvent, start: StartEvent): string {
  const figures = judgedFigures(start, start.judgedOn, evaluation)
  return `behind step ${formatCount(step)} of ${formatCount(start.steps)}: ${figuresText(figures)}`
}

function epochLine(event: EpochEvent, start: StartEvent): string {
  const { epoch, trainLoss, seconds } = event
  const mean = { label: 'mean loss', text: formatLoss(trainLoss) }
  const figures = [mean, ...ownFigures(start, event), ...validationFigures(start, event)]
  return `epoch ${epoch + 1}/${start.spec.epochs}: ${figuresText(figures)}, ${formatSeconds(seconds)} s`
}
