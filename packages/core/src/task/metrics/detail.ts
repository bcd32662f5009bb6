/**
 * The figures behind a metric's value that records keep and pages draw. A kind is a form of its own and no metric's: any
 * metric may give one of them.
 */
import * as z from 'zod/mini'
import { real } from '../../numerics/real.js'

const whole = z.int().check(z.gte(0))

/** Forms of details by kind. */
const forms = {
  /** Samples by what they are and by what they were told to be. */
  confusion: z.strictObject({
    kind: z.literal('confusion'),
    /** Names of the categories. */
    names: z.array(z.string()),
    /** Samples by what they are, a row each, and by what they were told to be, a column each. */
    counts: z.array(z.array(whole)),
  }),
  /** Targets and outputs of some of the samples, evenly spaced, for each number that is predicted. */
  points: z.strictObject({
    kind: z.literal('points'),
    /** Samples in all. */
    samples: whole,
    /** Of each number that is predicted. */
    outputs: z.array(
      z.strictObject({
        /** The targets, sample by sample. */
        target: z.array(real),
        /** The predictions. */
        output: z.array(real),
      }),
    ),
  }),
  /** Probabilities in bins that are not empty. */
  reliability: z.strictObject({
    kind: z.literal('reliability'),
    /** The number of samples in each. */
    counts: z.array(whole),
    /** Their mean. */
    confidence: z.array(real),
    /** The share in which it came so. */
    share: z.array(real),
  }),
} as const

/** Name of a kind of details. */
export type DetailKind = keyof typeof forms

/** Figures behind a metric's value, of one kind. */
export type MetricDetail = z.output<(typeof forms)[DetailKind]>

/** The details of a kind. */
export type DetailOf<K extends DetailKind> = Extract<MetricDetail, { readonly kind: K }>

/** Schema of the details of any kind. */
export const detailSchema = z.discriminatedUnion('kind', [forms.confusion, forms.points, forms.reliability])
