/** Archives of topics: writing one ({@code archive}) and restoring a topic from one ({@code restore}). */
package io.logitstream.pipeline.archive;
