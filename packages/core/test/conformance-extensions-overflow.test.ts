/** Losses and activations that overflow where the laws try them far out: as they should, or on the way to a finite number. */
import { describe, expect, it } from 'vitest'
import { checkExtension } from '../src/conformance/index.js'
import type { Builder, Value } from '../src/ir/builder.js'
import { activation, constantLike } from '../src/model/activations/activation.js'
import { builtins } from '../src/registry/builtins.js'
import type { Extension } from '../src/registry/registry.js'
import { loss, targetOf } from '../src/task/losses/loss.js'

async function breaches(extension: Extension): Promise<string[]> {
  const results = await checkExtension(builtins, extension)
  return results.filter(({ ok }) => !ok).map(({ law, detail }) => `${law}: ${detail}`)
}

/** sum (e^z - y z), of `through(z)` in the place of z. */
const poisson = (through: (b: Builder, z: Value) => Value) =>
  loss({
    suits: ['numbers'],
    emit: (context) => {
      const [{ b }, z] = [context, through(context.b, context.output)]
      return context.sum(b.sub(b.exp(z), b.mul(targetOf(context), z)))
    },
    value: (output, target) => Array.from(output).reduce((sum, z, i) => sum + Math.exp(z) - Number(target[i]) * z, 0),
  })

/** z, with a slope that is NaN where it is negative. */
const root = (b: Builder, z: Value): Value => b.select(b.greater(z, b.zerosLike(z)), b.mul(b.sqrt(z), b.sqrt(z)), z)

describe('what overflows far out, as e^x does,', () => {
  it('holds its laws elsewhere: a loss', async () => {
    expect(await breaches({ losses: { mine: poisson((_, z) => z) } })).toEqual([])
    expect(await breaches({ losses: { mine: poisson(root) } })).toEqual([
      expect.stringMatching(
        /^gradient: gradient of "output", element \d+: expected -?[\d.]+ by finite differences, got NaN$/,
      ),
    ])
  })

  it('holds its laws elsewhere: an activation, but not one that overflows on the way', async () => {
    expect(await breaches({ activations: { mine: activation({ emit: (b, x) => b.exp(x) }) } })).toEqual([])
    const naive = activation({ emit: (b, x) => b.log(b.add(b.exp(x), constantLike(b, x, 1))) })
    expect(await breaches({ activations: { naive } })).toHaveLength(1)
  })
})
