/**
 * Draws files as those of EMNIST's balanced set, small: 47 categories of strokes, 28 x 28 bytes, on their side, with the names
 * of the categories.
 *
 *   node draw.mjs [DIRECTORY]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const SIDE = 28
const NAMES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt'
const out = process.argv[2] ?? 'letters'

/** Numbers of 0 to 1, the same at every start (Park and Miller's generator). */
let state = 7
function random() {
  state = (state * 48_271) % 0x7fffffff
  return state / 0x7fffffff
}

function idx(shape, values) {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.set([0, 0, 8, shape.length])
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis)
  return gzipSync(Buffer.concat([header, values]))
}

/** Three strokes for each category, from end to end. */
const strokes = Array.from(NAMES, () =>
  Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => 4 + 20 * random())),
)

/** A sample: the strokes, each end moved a little. Column after column, as EMNIST has it. */
function draw(category) {
  const bytes = Buffer.alloc(SIDE * SIDE)
  for (const stroke of strokes[category]) {
    const [x, y, toX, toY] = stroke.map((place) => place + 2 * random() - 1)
    for (let t = 0; t <= 1; t += 1 / 40) {
      const [column, row] = [Math.round(x + t * (toX - x)), Math.round(y + t * (toY - y))]
      bytes[column * SIDE + row] = 255
    }
  }
  return bytes
}

mkdirSync(out, { recursive: true })
for (const [split, count] of [
  ['train', 47 * 40],
  ['test', 47 * 8],
]) {
  const labels = Array.from({ length: count }, (_, i) => i % NAMES.length)
  const name = (what) => join(out, `emnist-balanced-${split}-${what}-ubyte.gz`)
  writeFileSync(name('images-idx3'), idx([count, SIDE, SIDE], Buffer.concat(labels.map(draw))))
  writeFileSync(name('labels-idx1'), idx([count], Buffer.from(labels)))
}
const mapping = Array.from(NAMES, (name, label) => `${label} ${name.codePointAt(0)}\n`)
writeFileSync(join(out, 'emnist-balanced-mapping.txt'), mapping.join(''))
