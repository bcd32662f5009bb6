/** Documents of checkpoints of the form isograd.checkpoint/1 in today's form. Their tensors have not changed. */
import { isObject } from '../../experiment/merge-patch.js'
import { dataOf, each, evaluationOf, type Fields, numberIn, probesOf } from './first-words.js'

/** The form that is read. */
export const EARLIER_CHECKPOINT = 'isograd.checkpoint/1'

/** Samples that evaluations were made on. */
interface Samples {
  readonly test: unknown
  readonly validation: unknown
}

function samplesOf(arm: unknown, data: Fields): Samples {
  const spec = isObject(arm) && isObject(arm['data']) ? arm['data'] : {}
  const train = numberIn(spec['limit'] ?? data['train'])
  return { test: spec['testLimit'] ?? data['test'], validation: Math.round(numberIn(spec['validation']) * train) }
}

function evaluated(given: unknown, samples: unknown): unknown {
  return isObject(given) ? evaluationOf(given['loss'], given['accuracy'], samples) : given
}

function eventOf(event: Fields, { test, validation }: Samples): Fields {
  const { step, layers } = event
  switch (event['type']) {
    case 'steps': {
      const { accuracies: metric, ...rest } = event
      return { ...rest, metric }
    }
    case 'gradients':
      return { type: 'probes', step, probes: probesOf(layers, 'gradientNorm') }
    case 'updates':
      return { type: 'probes', step, probes: probesOf(layers, 'updateRatio') }
    case 'units':
      return { type: 'probes', step, probes: probesOf(layers, 'units') }
    case 'histograms': {
      const { preActivations: inputs, ...rest } = event
      return { ...rest, inputs }
    }
    case 'evaluation':
      return { type: 'evaluation', step, evaluation: evaluated(event['test'], test) }
    case 'epoch': {
      const { test: own, validation: held, ...rest } = event
      const evaluations = {
        test: evaluated(own, test),
        ...(held === undefined ? {} : { validation: evaluated(held, validation) }),
      }
      return { ...rest, evaluations }
    }
    default:
      return event
  }
}

function stateOf(state: unknown): unknown {
  if (!isObject(state) || !isObject(state['best'])) return state
  const { epoch, accuracy: value } = state['best']
  return { ...state, best: { epoch, value } }
}

/** The parsed document of an earlier checkpoint in today's form; what was missing in it is missing still. */
export function upgradeCheckpoint(document: unknown, schema: string): unknown {
  if (!isObject(document) || !isObject(document['data'])) return document
  const { armName, arm, stretches, state, events } = document
  const { train, test } = document['data']
  const samples = samplesOf(arm, document['data'])
  return {
    schema,
    armName,
    arm,
    stretches,
    modules: [],
    data: { ...dataOf(document['data']), samples: { train, test } },
    state: stateOf(state),
    events: each(events, (event) => eventOf(event, samples)),
  }
}
