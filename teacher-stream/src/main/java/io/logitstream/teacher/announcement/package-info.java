/** The teachers topic: announced checkpoints, and the stream that switches to them. */
package io.logitstream.teacher.announcement;
