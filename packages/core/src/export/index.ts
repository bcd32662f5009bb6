/** `@isograd/core/export`: trained networks in the words of other tools. */
export {
  type OnnxAttribute,
  type OnnxAttributes,
  onnxOperator,
  type OnnxWords,
  type OnnxWriter,
} from './onnx-operators.js'
export { type OnnxComposite, onnxComposites } from './onnx-composites.js'
export { type OnnxGraph, type OnnxInput, onnxInputs, type OnnxOutput, onnxOutputs, writeOnnx } from './onnx.js'
export { kerasProgram } from './keras-program.js'
export { exportTfjs, TFJS_WEIGHTS, type TfjsModel } from './tfjs.js'
export { exportTorch, torchProgram } from './torch.js'
