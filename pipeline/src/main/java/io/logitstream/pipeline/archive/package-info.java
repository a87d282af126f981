/** Topics to archives and back: {@code archive} and {@code restore}. */
package io.logitstream.pipeline.archive;
