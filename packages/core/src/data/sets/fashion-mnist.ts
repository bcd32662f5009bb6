/**
 * Fashion-MNIST. The mirrors are Keras's, the authors' repository and torchvision's; the authors publish sums of the
 * compressed files only.
 * @see Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
 * arXiv:1708.07747.
 */
import type { IdxData } from '../record.js'

/** The set. */
export const fashionMnist: IdxData = {
  from: 'idx',
  about: 'Fashion-MNIST, 60,000 + 10,000 pictures of clothes of 28 x 28: downloaded once, or from --data-dir',
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
