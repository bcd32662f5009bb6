/**
 * Makes a sample that a model takes from a picture: grey where the model knows no colours, in its size, as bytes. Every
 * change that this needs is noted.
 */
import { InputError, tensor } from '@isograd/core'
import type { TensorOf } from '@isograd/core/backend'
import { layoutOf, type Picture, planeBytes, planesOf, type SampleLayout } from '@isograd/core/data'

/** One sample, [1, ...sampleShape], and the changes of the picture. */
export interface PictureSample {
  readonly sample: TensorOf<'uint8'>
  readonly notes: readonly string[]
}

/** The mean brightness of the picture's border: the ground of a drawing. */
function border(plane: Float32Array, { width, height }: SampleLayout): number {
  const edge = plane.filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return x === 0 || y === 0 || x === width - 1 || y === height - 1
  })
  return edge.reduce((sum, value) => sum + value, 0) / edge.length
}

function notesOn(picture: Picture, layout: SampleLayout, ground: number, invert: boolean): string[] {
  const { width, height, grey } = picture
  const sizes = `${width} x ${height}, scaled to ${layout.width} x ${layout.height}`
  const isStretched = width * layout.height !== height * layout.width
  return [
    ...(layout.channels === 1 && !grey ? ['it has colours, and was turned into grey'] : []),
    ...(width === layout.width && height === layout.height
      ? []
      : [`it is ${sizes}${isStretched ? ', which changes its proportions' : ''}`]),
    ...(invert ? ['its brightness was inverted'] : []),
    ...(ground > 0.5 && layout.channels === 1
      ? ['its ground is bright; MNIST and the digits are bright on dark: should it be inverted (--invert)?']
      : []),
  ]
}

/**
 * A picture as a sample of the shape that a model takes; `invert` turns dark into bright.
 * @throws InputError when the model does not take pictures.
 */
export function pictureSample(picture: Picture, sampleShape: readonly number[], invert: boolean): PictureSample {
  const layout = layoutOf(sampleShape)
  if (layout === undefined) {
    const expected = '[height, width] or [channels, height, width]'
    throw new InputError('isograd', `--image: the model takes [${sampleShape.join(',')}], not pictures ${expected}`)
  }
  const planes = planesOf(picture, layout).map((plane) => (invert ? plane.map((value) => 1 - value) : plane))
  const bytes = new Uint8Array(layout.channels * layout.height * layout.width)
  planeBytes(planes, bytes)
  const ground = border(planes[0] ?? new Float32Array(), layout)
  return { sample: tensor('uint8', [1, ...sampleShape], bytes), notes: notesOn(picture, layout, ground, invert) }
}
