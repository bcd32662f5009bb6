/**
 * MNIST. The mirrors are those of torchvision and of TensorFlow Datasets.
 * @see LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
 */
import type { IdxData } from '../record.js'

/** The set. */
export const mnist: IdxData = {
  from: 'idx',
  about: 'MNIST, 60,000 + 10,000 handwritten digits of 28 x 28: downloaded once, or from --data-dir',
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'http://yann.lecun.com/exdb/mnist/',
  ],
  checksums: {
    trainImages: { bytes: 47_040_016, sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db' },
    trainLabels: { bytes: 60_008, sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5' },
    testImages: { bytes: 7_840_016, sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7' },
    testLabels: { bytes: 10_008, sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2' },
  },
}
