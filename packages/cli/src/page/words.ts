/** What a gradient by depth says, in a sentence: how many decades each layer costs, and what is left for the first. */

/** A layer's name with the norm of its gradient. */
export interface LayerNorm {
  readonly name: string
  readonly norm: number
}

/** A factor as people say it: 3.1, 47, 1,600, 2.5 million, 4e12. */
export function factorText(factor: number): string {
  if (factor < 10) return factor.toPrecision(2)
  if (factor < 1e6) return Number(factor.toPrecision(2)).toLocaleString('en-US')
  const [size, name] = factor < 1e9 ? [1e6, 'million'] : [1e9, 'billion']
  return factor < 1e12 ? `${Number((factor / size).toPrecision(2))} ${name}` : factor.toExponential(0).replace('+', '')
}

function lossText(first: LayerNorm, last: LayerNorm, decades: number, perLayer: number): string {
  const rate = `${Math.abs(perLayer).toFixed(2)} decades per layer`
  const factor = factorText(10 ** Math.abs(decades))
  if (Math.abs(decades) < Math.log10(2)) {
    return `keeps its gradient (${rate}): ${first.name} gets ${(10 ** -decades).toFixed(2)} times what ${last.name} gets.`
  }
  return decades > 0
    ? `loses ${rate}: the gradient of ${first.name} is ${factor} times smaller than that of ${last.name}.`
    : `gains ${rate}: the gradient of ${first.name} is ${factor} times larger than that of ${last.name}.`
}

/** The sentence without its subject, for the layers that depth is judged by, first to last. */
export function depthSentence(layers: readonly LayerNorm[]): string {
  const [first, last] = [layers[0], layers.at(-1)]
  if (first === undefined || last === undefined || first === last) return 'has too few layers to judge depth by.'
  if (!Number.isFinite(first.norm) || !Number.isFinite(last.norm)) return 'has a gradient that is not a finite number.'
  if (last.norm === 0) return `has a gradient of exactly zero at its last layer, ${last.name}.`
  if (first.norm === 0) return `loses all of it: the gradient of ${first.name} is exactly zero.`
  const decades = Math.log10(last.norm) - Math.log10(first.norm)
  return lossText(first, last, decades, decades / (layers.length - 1))
}
