/** `compile` from outside: what it shows depends on the shapes of data, which nobody has to fetch. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isograd, temporaryDirectory } from './command.js'

it('shows the loops of a preset whose data are not there, and downloads nothing', async () => {
  const cache = temporaryDirectory()
  const { status, stdout, stderr } = await isograd(['compile', 'softmax-linear'], {
    env: { XDG_CACHE_HOME: cache, ISOGRAD_MNIST_DIR: '' },
  })
  expect([status, stderr]).toEqual([0, ''])
  // 60,000 pictures of 28 x 28, and 10 categories.
  expect(stdout).toContain('in 0 .. 59999')
  expect(stdout).toContain('of 784 x 100 x 10')
  expect(existsSync(join(cache, 'isograd'))).toBe(false)
})

it('says where zeros stand for what an experiment depends on', async () => {
  const words = ['compile', 'softmax-linear', '--dataset', 'cifar10', '--set', 'classWeights=balanced']
  const { status, stderr } = await isograd(words, { env: { XDG_CACHE_HOME: temporaryDirectory() } })
  expect(status).toBe(2)
  expect(stderr).toContain('zeros stand for the values of a published data set here: where they count, give --data-dir')
})

it('shows one arm, and says where a program is empty', async () => {
  const both = await isograd(['compile', 'torch-mlp5', '--dataset', 'digits', '--arm', 'relu,sigmoid'])
  expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('--arm: expected one arm, got relu, sigmoid')])
  const empty = await isograd(['compile', 'softmax-linear', '--dataset', 'digits', '--role', 'units'])
  expect([empty.status, empty.stderr]).toEqual([
    0,
    '"softmax-linear/units" computes nothing: the model has nothing for it\n',
  ])
})
