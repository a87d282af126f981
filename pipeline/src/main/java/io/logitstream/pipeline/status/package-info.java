/** Status of a pipeline: offsets, lag, rates and the state of student folders. */
package io.logitstream.pipeline.status;
