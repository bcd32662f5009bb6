/** Lines of the results of a sweep: what came of a try of a trial, sealed, one document each. */
import { z } from '@isograd/core'
import { openSealedLine } from '@isograd/core/node'

/** NaN and the infinities too. */
const number = z.custom<number>((value) => typeof value === 'number')
/** A value and its standard error, which is NaN where the value is. */
const measured = z.object({ value: number, error: number.check(z.refine((error) => !(error < 0))) })

const common = {
  trial: z.int().check(z.gte(0)),
  id: z.string(),
  /** Mark of the environment. */
  on: z.string(),
  /** From 0; absent where nothing is ended early. */
  rung: z.exactOptional(z.int().check(z.gte(0))),
  /** Its sender and the number there, where it came by a queue: what is sent again counts once. */
  sent: z.exactOptional(z.string()),
}

const entrySchema = z.discriminatedUnion('outcome', [
  z.object({
    ...common,
    outcome: z.literal('done'),
    settings: z.record(z.string(), z.unknown()),
    arm: z.string(),
    seed: z.number(),
    backend: z.string(),
    /** The reason of its end. */
    end: z.string(),
    steps: z.number(),
    /** The figure that it is judged by: a metric, or the loss. */
    judgedBy: z.string(),
    judged: measured,
    /** The table that says so: validation rows, where there are some. */
    judgedOn: z.string(),
    /** The direction in which it improves. */
    better: z.enum(['larger', 'smaller']),
    finals: z.record(z.string(), z.object({ loss: number, metrics: z.record(z.string(), measured) })),
    /** Mean training loss of each epoch. */
    losses: z.array(number),
    seconds: z.number(),
    /** SHA-256 of the record of the run, without its times. */
    hash: z.string(),
  }),
  z.object({ ...common, outcome: z.literal('failed'), message: z.string() }),
  /** Its process was ended; `how` is a signal, a status, or unknown. */
  z.object({ ...common, outcome: z.literal('died'), how: z.string() }),
  /** It was set aside, and is to be tried again. */
  z.object({ ...common, outcome: z.literal('again') }),
  z.object({ outcome: z.literal('environment'), on: z.string(), environment: z.record(z.string(), z.unknown()) }),
])

/** A line of results. */
export type Line = z.output<typeof entrySchema>

/** A line about a trial. */
export type Entry = Exclude<Line, { outcome: 'environment' }>

/** A trial that was trained to its end. */
export type DoneEntry = Extract<Line, { outcome: 'done' }>

/** Files of results, whoever wrote them. */
export const RESULT_FILE = /^results-[\w-]+\.jsonl$/

/** A line in its form; undefined where it is damaged. */
export function readLine(text: string): Line | undefined {
  return entrySchema.safeParse(openSealedLine(text)).data
}

/** True for the text of a file of results whose lines are all as they were written. */
export function areResults(text: string): boolean {
  return text.split('\n').every((line) => line === '' || readLine(line) !== undefined)
}
