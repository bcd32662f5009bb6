/** Pages for ONNX Runtime: the model as bytes, its nodes in a comment. */
import { InputError } from '@isograd/core'
import type { Reduced } from '@isograd/core/compare'
import { elementsText } from '@isograd/core/conformance'
import type { PageWriter, Writing } from './page.js'

/** @throws InputError with what to install where the package is not there. */
async function exporter() {
  try {
    return (await import('@isograd/onnx-adapter')).exportProgram
  } catch (error) {
    throw new InputError('isograd', 'reduce: @isograd/onnx-adapter is not installed; npx isograd add onnx', {
      cause: error,
    })
  }
}

const LINE = 100

/** A text as the parts of a sum, none of them longer than a line. */
function inLines(text: string): string {
  const parts = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
  return parts.map((part) => `'${part}'`).join(' +\n  ')
}

function feedsText({ xs }: Reduced): string[] {
  return Object.entries(xs).map(([name, one]) => {
    const shape = one.shape.slice(1).join(', ')
    return `  ${name}: new ort.Tensor('${one.dtype}', ${elementsText(one)}, [${shape}]),`
  })
}

async function ways(reduced: Reduced, packageName: string): Promise<Writing[]> {
  const exportProgram = await exporter()
  const { program, node } = reduced
  const ys = [{ name: 'result', value: node.id }]
  return (['exact', 'native'] as const).map((dialect) => {
    const { bytes, nodes } = exportProgram({ ...program, outputs: { carry: [], ys } }, dialect)
    return {
      imports: [`const ort = await import('${packageName}')`],
      about: ['The model:', ...nodes.map((each) => `  ${each}`)],
      body: [
        `const model = Buffer.from(\n  ${inLines(Buffer.from(bytes).toString('base64'))},\n  'base64',\n)`,
        'const session = await ort.InferenceSession.create(model)',
        'const outputs = await session.run({',
        ...feedsText(reduced),
        '})',
        'const result = outputs.result.data',
      ],
    }
  })
}

/** The writer for `onnxruntime-node` or `onnxruntime-web`. */
export function onnxWriter(packageName: 'onnxruntime-node' | 'onnxruntime-web'): PageWriter {
  return { packages: [packageName], ways: (reduced) => ways(reduced, packageName) }
}
