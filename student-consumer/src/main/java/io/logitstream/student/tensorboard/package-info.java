/** TensorBoard event files: framing, the messages in use, and a listener that writes them. */
package io.logitstream.student.tensorboard;
