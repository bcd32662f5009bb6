/**
 * Draws the tables of the examples from a seed: `node examples/data.mjs` writes houses/houses.csv and churn/churn.csv again,
 * byte for byte.
 */
import { writeFileSync } from 'node:fs'
import { RandomStream } from '@isograd/core/data'

/** A regression: a price that follows from seven of eight numbers, two of them together. */
function houses(stream, count) {
  const rows = Array.from({ length: count }, () => {
    const area = 40 + 180 * stream.uniform()
    const rooms = Math.max(1, Math.round(area / 28 + stream.normal()))
    const [age, distance, floor] = [90 * stream.uniform(), 25 * stream.uniform() ** 2, stream.below(9)]
    const [garden, income, noise] = [
      stream.below(3) === 0 ? 600 * stream.uniform() : 0,
      2 + 5 * stream.uniform(),
      stream.normal(),
    ]
    const perMetre = 1.4 + 0.35 * income - 0.05 * distance - 0.006 * age
    const price = area * perMetre + 12 * rooms + 0.08 * garden + 15 * noise
    const numbers = [area, rooms, age, distance, floor, garden, income, stream.uniform(), price]
    return numbers.map((value) => value.toFixed(2)).join(',')
  })
  return ['area,rooms,age,distance,floor,garden,income,chance,price', ...rows].join('\n')
}

const plans = ['basic', 'plus', 'business']
const regions = ['north', 'east', 'south', 'west']

/** A binary table in which every twentieth value is missing. */
function churn(stream, count) {
  const missing = (value) => (stream.below(20) === 0 ? '' : value)
  const rows = Array.from({ length: count }, () => {
    const [months, calls, plan, region] = [1 + stream.below(60), stream.below(9), stream.below(3), stream.below(4)]
    const bill = 15 + 20 * plan + 6 * stream.normal()
    const score = 0.6 * calls - 0.05 * months + 0.03 * bill - 1.1 * plan + stream.normal()
    const cells = [months, calls, bill.toFixed(2), plans[plan], regions[region]].map(missing)
    return [...cells, score > 0 ? 'yes' : 'no'].join(',')
  })
  return ['months,calls,bill,plan,region,left', ...rows].join('\n')
}

const tables = {
  'houses/houses.csv': houses(new RandomStream(1, 'study'), 800),
  'churn/churn.csv': churn(new RandomStream(2, 'study'), 900),
}
for (const [file, text] of Object.entries(tables)) writeFileSync(new URL(file, import.meta.url), `${text}\n`)
