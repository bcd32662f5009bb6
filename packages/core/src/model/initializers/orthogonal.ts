/**
 * Random orthogonal matrices: the columns (or rows, where there are fewer of them) of a matrix of independent standard
 * normals, orthonormalised in float64. Gram-Schmidt gives the Q of the QR decomposition whose R has a positive
 * diagonal, which is what torch.nn.init.orthogonal_ corrects signs for: only that Q is uniform over all orthogonal
 * matrices (Mezzadri, Notices of the AMS 54 (2007)). Each vector is orthogonalised twice, which is enough for full
 * precision (Giraud, Langou, Rozloznik and van den Eshof, Numerische Mathematik 101 (2005)).
 */
import { InputError } from '../../errors.js'
import { dot } from '../../numerics/norms.js'
import type { RandomStream } from '../../random/stream.js'

function subtractProjections(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (const direction of basis) {
    const component = dot(direction, vector)
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - component * (direction[i] as number)
  }
}

/** `count` orthonormal vectors of a length that is no less. */
function orthonormalVectors(count: number, length: number, stream: RandomStream): Float64Array[] {
  const basis: Float64Array[] = []
  while (basis.length < count) {
    const vector = new Float64Array(length).map(() => stream.normal())
    subtractProjections(vector, basis)
    subtractProjections(vector, basis)
    const norm = Math.sqrt(dot(vector, vector))
    basis.push(vector.map((value) => value / norm))
  }
  return basis
}

/** A matrix with orthonormal columns, or rows where there are more columns. @throws InputError unless it has two axes. */
export function orthogonalMatrix(shape: readonly number[], stream: RandomStream): Float64Array {
  const [rows, columns] = shape
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw new InputError(
      'core',
      `initializer "orthogonal": expected a matrix, got a tensor of shape [${shape.join(',')}]; use it for weights only`,
    )
  }
  const vectors = orthonormalVectors(Math.min(rows, columns), Math.max(rows, columns), stream)
  const out = new Float64Array(rows * columns)
  for (const [k, vector] of vectors.entries()) {
    if (rows < columns) out.set(vector, k * columns)
    else for (let row = 0; row < rows; row++) out[row * columns + k] = vector[row] as number
  }
  return out
}
