/** What a teacher stream is started with, and what is closed again when a start fails. */
package io.logitstream.teacher.start;
