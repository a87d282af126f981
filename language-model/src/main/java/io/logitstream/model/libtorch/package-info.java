/** Access to libtorch: native libraries, threads, memory scopes and compiled TorchScript kernels. */
package io.logitstream.model.libtorch;
