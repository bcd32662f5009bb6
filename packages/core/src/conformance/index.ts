/** `@isograd/core/conformance`: what every backend must do, as cases, and a runner free of any test framework. */
export {}
