/**
 * CIFAR-10 and CIFAR-100 as published.
 * @see Krizhevsky, "Learning multiple layers of features from tiny images" (2009)
 */
import type { Checksum, CifarData } from '../record.js'

const MIRRORS = ['https://www.cs.toronto.edu/~kriz/']
/** More than the archives are, uncompressed; their own sums are those of the compressed files. */
const MOST_ARCHIVE_BYTES = 200_000_000

function archive(name: string, sum: string): CifarData['archive'] {
  return { name, checksum: { bytes: MOST_ARCHIVE_BYTES, sha256: sum, of: 'gzip' } }
}

function batch(sum: string, records = 10_000, recordBytes = 3073): Checksum {
  return { bytes: records * recordBytes, sha256: sum }
}

/** CIFAR-10: 50,000 training and 10,000 test samples of 32 x 32 pixels in three colours, ten classes. */
export const cifar10: CifarData = {
  from: 'cifar',
  about: 'CIFAR-10, 50,000 + 10,000 colour pictures of 32 x 32, 10 classes: downloaded once, or from --data-dir',
  form: { labels: 1, categories: 10 },
  mirrors: MIRRORS,
  archive: archive('cifar-10-binary.tar.gz', 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd'),
  directory: 'cifar-10-batches-bin',
  train: {
    'data_batch_1.bin': batch('cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
    'data_batch_2.bin': batch('a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
    'data_batch_3.bin': batch('bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
    'data_batch_4.bin': batch('014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
    'data_batch_5.bin': batch('755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
  },
  test: { 'test_batch.bin': batch('8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b') },
}

/** CIFAR-100: as many samples of as many pixels, one hundred classes. */
export const cifar100: CifarData = {
  from: 'cifar',
  about: 'CIFAR-100, 50,000 + 10,000 colour pictures of 32 x 32, 100 classes: downloaded, or from --data-dir',
  form: { labels: 2, categories: 100 },
  mirrors: MIRRORS,
  archive: archive('cifar-100-binary.tar.gz', '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec'),
  directory: 'cifar-100-binary',
  train: { 'train.bin': batch('f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29', 50_000, 3074) },
  test: { 'test.bin': batch('d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a', 10_000, 3074) },
}
