/** The live page of a running command, and the templates of HTML reports. */
package io.logitstream.pipeline.page;
