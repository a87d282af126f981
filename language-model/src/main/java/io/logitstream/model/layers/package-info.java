/** Layers of a decoder-only transformer: for inference, with a hand-written backward pass, and under autograd. */
package io.logitstream.model.layers;
