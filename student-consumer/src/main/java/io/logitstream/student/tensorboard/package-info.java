/** TensorBoard event files: the records' framing, the few messages that are used, and a listener that writes them. */
package io.logitstream.student.tensorboard;
