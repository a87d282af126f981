/** Files: atomic replacement forced to disk, digests, folder locks, bounded reads and JSON. */
package io.logitstream.files;
