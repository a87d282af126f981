/** Trials of models and tokenizers in a process of their own, since a native library may crash on a bad file. */
package io.logitstream.model.trial;
