/**
 * Published data sets in MNIST's format: where they are, and what their files must hold. Data only: another data set
 * is another table here and a line in `load-dataset.ts`.
 */
import type { IdxFour } from '../data/formats/idx.js'
import type { Checksum } from './content.js'

/** A published data set in MNIST's format. */
export interface IdxCollection {
  readonly name: string
  /** Addresses of directories, each ending in a slash, that hold the four files as .gz; best first. */
  readonly mirrors: readonly string[]
  readonly checksums: IdxFour<Checksum>
}

/**
 * MNIST. The mirrors are those of torchvision and of TensorFlow Datasets.
 * @see LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
 */
export const mnist: IdxCollection = {
  name: 'mnist',
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

/**
 * Fashion-MNIST. The mirrors are Keras's, the authors' repository and torchvision's; the authors publish sums of the
 * compressed files only.
 * @see Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
 * arXiv:1708.07747.
 */
export const fashionMnist: IdxCollection = {
  name: 'fashion-mnist',
  mirrors: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  checksums: {
    trainImages: {
      bytes: 47_040_016,
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      of: 'gzip',
    },
    trainLabels: {
      bytes: 60_008,
      sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      of: 'gzip',
    },
    testImages: {
      bytes: 7_840_016,
      sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      of: 'gzip',
    },
    testLabels: {
      bytes: 10_008,
      sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      of: 'gzip',
    },
  },
}
