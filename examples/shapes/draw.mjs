/**
 * Draws a folder of PNG files in two categories: `pictures/discs` and `pictures/squares`, 16 x 16, of any size and place,
 * dark on a transparent ground.
 *
 *   node draw.mjs [DIRECTORY]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'

const SIDE = 16
const EACH = 150
const out = process.argv[2] ?? 'pictures'

/** Numbers of 0 to 1, the same at every start (Park and Miller's generator). */
let state = 1
function random() {
  state = (state * 48_271) % 0x7fffffff
  return state / 0x7fffffff
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG of grey and alpha, from lines of pairs of bytes. */
function png(lines) {
  const header = Buffer.from([0, 0, 0, SIDE, 0, 0, 0, SIDE, 8, 4, 0, 0, 0])
  const data = deflateSync(Buffer.concat(lines.map((line) => Buffer.from([0, ...line.flat()]))))
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** Distances from the middle: that of a disc, and that of a square. */
const distances = { discs: Math.hypot, squares: (x, y) => Math.max(Math.abs(x), Math.abs(y)) * 1.13 }

for (const [name, distance] of Object.entries(distances)) {
  mkdirSync(join(out, name), { recursive: true })
  for (let i = 0; i < EACH; i++) {
    const radius = 4 + 2.5 * random()
    const [middleX, middleY] = [8 + 2 * random() - 1.5, 8 + 2 * random() - 1.5]
    const line = (y) =>
      Array.from({ length: SIDE }, (_, x) => [0, distance(x - middleX, y - middleY) < radius ? 255 : 0])
    writeFileSync(join(out, name, `${i}.png`), png(Array.from({ length: SIDE }, (_, y) => line(y))))
  }
}
