/** Files that are replaced whole, forced to disk, and checked by their digests. */
package io.logitstream.model.files;
