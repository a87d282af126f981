/** Bounds and trials for models from elsewhere: what is checked before memory is taken or a native library is asked. */
package io.logitstream.model.guard;
