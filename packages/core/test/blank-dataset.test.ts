/** Published sets without their values have the shapes that their files are known to have. */
import { describe, expect, it } from 'vitest'
import { loadDataset } from '../src/node/index.js'

describe.each([
  ['mnist', [60_000, 10_000], [28, 28], 10],
  ['fashion-mnist', [60_000, 10_000], [28, 28], 10],
  ['cifar10', [50_000, 10_000], [3, 32, 32], 10],
  ['cifar100', [50_000, 10_000], [3, 32, 32], 100],
] as const)('%s', (name, counts, shape, categories) => {
  it('has its shapes and zeros', async () => {
    const { fields, splits } = await loadDataset(name, { blank: true, cacheDir: '/nowhere' })
    expect([splits.train.count, splits.test?.count]).toEqual(counts)
    expect(fields['image']?.shape).toEqual(shape)
    expect(fields['label']?.encoding).toMatchObject({ kind: 'category', count: categories })
    expect(splits.train.columns['image']?.data.every((value) => value === 0)).toBe(true)
  })
})
