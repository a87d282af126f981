/** Weights on disk: safetensors files and the folders that hold them. */
package io.logitstream.model.weights;
